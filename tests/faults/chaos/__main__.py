"""The long run: `make faults`, or `python -m tests.faults.chaos --incidents 200 --each 1`.

Drives incidents through all rooms while everything breaks, heals it, waits until all is at rest, and holds what
is left against the promises. Prints a report; the exit status is 0 only when every promise was kept.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults.chaos import findings, journal, load, promises, report
from tests.faults.chaos.injuries import INSTANT, Doctor
from tests.faults.chaos.messages import Messages
from tests.faults.chaos.world import World

DRAIN_S = 600.0
ROOM_KILLS = "a room is killed"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos", description=__doc__.split("\n\n")[1])
    parser.add_argument("--incidents", type=int, default=5000, help="how many (default: 5000)")
    parser.add_argument("--each", type=int, default=20, help="how often each kind of injury happens (default: 20)")
    parser.add_argument("--kills", type=int, default=200, help="how often a room is killed at random (default: 200)")
    parser.add_argument("--side-by-side", type=int, default=48, help="incidents at the same time (default: 48)")
    parser.add_argument(
        "--only", nargs="*", default=[], help="kinds of injuries, by words of their names (default: all)"
    )
    parser.add_argument("--seed", type=int, default=1, help="decides what breaks where and in which order (default: 1)")
    parser.add_argument("--folder", type=Path, help="an empty folder for data and logs, kept (default: removed)")
    parser.add_argument("--report", type=Path, help="where to write the report, beside printing it")
    return parser.parse_args()


def plan(doctor: Doctor, given: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Return the injuries in their order: those that take time, and those of a moment, which go on beside them."""
    kinds = [kind for kind in doctor.kinds() if not given.only or any(word in kind for word in given.only)]
    times = {kind: given.kills if kind == ROOM_KILLS else given.each for kind in kinds}
    order = [kind for kind, count in times.items() for _ in range(count)]
    doctor.random.shuffle(order)
    return [kind for kind in order if kind not in INSTANT], [kind for kind in order if kind in INSTANT]


async def injure(doctor: Doctor, order: list[str], course: Course, run: report.Run, tell: Callable[[], None]) -> None:
    """Do one after the other, spread over the incidents; what cannot be done is noted and the others go on."""
    for number, kind in enumerate(order):
        await course.reaches(number / len(order))
        began = time.monotonic()
        try:
            await asyncio.to_thread(doctor.kinds()[kind])
        except Exception as error:  # noqa: BLE001 - told in the report, which then is no good one
            run.failed.append(f"{kind}: {error!r}")
        else:
            run.injured[kind] += 1
        course.note(f"{kind}: {time.monotonic() - began:.1f} s")
        tell()


@dataclass(frozen=True)
class Course:
    """How far the incidents are: injuries are spread over them, so that work goes on between any two."""

    incidents: int
    driven: load.Driven
    diary: Path

    async def reaches(self, part: float) -> None:
        """Wait until this part (0 to 1) of the incidents has ended."""
        while len(self.driven.done) + len(self.driven.stuck) < part * self.incidents:
            await asyncio.sleep(0.1)

    def note(self, what: str) -> None:
        """Write down when something was done, for whoever looks into the rooms' logs."""
        ended = len(self.driven.done)
        with self.diary.open("a", encoding="utf-8") as diary:
            diary.write(f"{datetime.now(UTC).isoformat()} after {ended} incidents: {what}\n")


async def at_rest(world: World, broker_url: str) -> None:
    """Wait until nothing waits anywhere. Raises: TimeoutError."""
    async with asyncio.timeout(DRAIN_S):
        while await findings.depths(broker_url) or await _unsaid(world):
            await asyncio.sleep(0.5)


async def _unsaid(world: World) -> int:
    return await asyncio.to_thread(findings.unsaid, world.database.url)


async def chaos(world: World, given: argparse.Namespace, run: report.Run, bars: Progress) -> promises.Evidence:
    """Drive, break, heal, wait, look."""
    heard, driven = journal.Journal(), load.Driven()
    random = Random(given.seed)  # noqa: S311 - repeats a plan, keeps no secret
    broker_url = world.stack.servers.rabbitmq.url
    messages = Messages(broker_url, heard, random)
    doctor = Doctor(world, messages, random)
    long, short = plan(doctor, given)
    ended = bars.add_task("incidents", total=given.incidents)
    injured = bars.add_task("injuries", total=len(long) + len(short))
    began = time.monotonic()
    course = Course(given.incidents, driven, world.folder / "diary")
    numbers = (f"{given.seed}-{n}" for n in range(given.incidents))
    async with (
        journal.listening(broker_url, heard),
        load.callers(world.stack.run.gateway_url, world.stack.run.keys, driven) as who,
    ):

        async def break_and_heal() -> float:
            await asyncio.gather(
                injure(doctor, long, course, run, lambda: bars.advance(injured)),
                injure(doctor, short, course, run, lambda: bars.advance(injured)),
            )
            await asyncio.to_thread(doctor.heal_all)
            return time.monotonic()

        _, healed = await asyncio.gather(
            load.drive(who, numbers, given.side_by_side, lambda _: bars.advance(ended)), break_and_heal()
        )
        await at_rest(world, broker_url)
        run.seconds, run.drained = time.monotonic() - began, time.monotonic() - healed
        await journal.until_heard(broker_url, DRAIN_S)
    logs = {room: world.stack.site.log(room) for room in findings.COLLECTIONS}
    found = await asyncio.to_thread(findings.find, world.stack.run, world.database.url, broker_url, logs)
    run.answers = driven.answers
    run.figures = figures(world, messages, driven, found)
    return promises.Evidence(driven, heard, found, messages.poisoned, doctor.deleted)


def figures(world: World, messages: Messages, driven: load.Driven, found: findings.Findings) -> dict[str, object]:
    """Return what there was of everything."""
    heard = messages.journal
    return {
        "incidents driven to their publication": len(driven.done),
        "events accepted": sum(map(len, driven.accepted.values())),
        "events said, and copies of them": f"{len(heard.said):,}, {heard.copies.total() - len(heard.said):,}",
        "processes started again": world.stack.supervisor.restarts.total(),
        "failpoints that fired": sum(len(world.stack.arms.fired(room)) for room in findings.COLLECTIONS),
        "calendar entries": len(found.entries),
        "mails wanted, and received": f"{len(found.rows):,}, {found.mails.total():,}",
        "lost answers of the relay that were counted": found.ambiguous.total(),
        "poison messages, and parked": f"{len(messages.poisoned)}, {len(found.parked)}",
        "messages replayed after a queue was deleted": messages.replayed,
        "times that the broker lost its log of events": messages.logs_lost,
    }


def main() -> int:
    """Run, print the report, and return the exit status."""
    given = arguments()
    run = report.Run(given.seed, datetime.now(UTC).date())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="afterword-faults-") as folder:
        place = given.folder or Path(folder)
        with Progress(*columns, console=Console(stderr=True)) as bars, World(place.absolute()) as world:
            run.broken = promises.broken(asyncio.run(chaos(world, given, run, bars)))
    text = report.markdown(run)
    sys.stdout.write(text)
    if given.report:
        given.report.write_text(text, encoding="utf-8")
    return 0 if run.good else 1


if __name__ == "__main__":
    sys.exit(main())
