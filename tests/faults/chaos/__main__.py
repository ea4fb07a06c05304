"""The long run: `make faults`, or `python -m tests.faults.chaos --incidents 200 --each 1`.

Drives incidents through all rooms while everything breaks, heals it, waits until all is at rest, and holds what
is left against the promises. Prints a report; the exit status is 0 only when every promise was kept.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from random import Random

from rich.progress import Progress

from tests.faults.chaos import course, findings, journal, load, promises, report
from tests.faults.chaos.course import DRAIN_S, Course, at_rest, injure
from tests.faults.chaos.injuries import INSTANT, Doctor
from tests.faults.chaos.messages import Messages
from tests.faults.chaos.world import World

ROOM_KILLS = "a room is killed"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    about = __doc__.split("\n\n")[1]
    parser = course.arguments("python -m tests.faults.chaos", about, incidents=5000, side_by_side=48)
    parser.add_argument("--each", type=int, default=20, help="how often each kind of injury happens (default: 20)")
    parser.add_argument("--kills", type=int, default=200, help="how often a room is killed at random (default: 200)")
    parser.add_argument(
        "--only", nargs="*", default=[], help="kinds of injuries, by words of their names (default: all)"
    )
    return parser.parse_args()


def plan(doctor: Doctor, given: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Return the injuries in their order: those that take time, and those of a moment, which go on beside them."""
    kinds = [kind for kind in doctor.kinds() if not given.only or any(word in kind for word in given.only)]
    times = {kind: given.kills if kind == ROOM_KILLS else given.each for kind in kinds}
    order = [kind for kind, count in times.items() for _ in range(count)]
    doctor.random.shuffle(order)
    return [kind for kind in order if kind not in INSTANT], [kind for kind in order if kind in INSTANT]


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
    spread = Course(given.incidents, driven, world.folder / "diary")
    numbers = (f"{given.seed}-{n}" for n in range(given.incidents))
    async with (
        journal.listening(broker_url, heard),
        load.callers(world.stack.run.gateway_url, world.stack.run.keys, driven) as who,
    ):

        async def break_and_heal() -> float:
            await asyncio.gather(
                injure(doctor.kinds(), long, spread, run, lambda: bars.advance(injured)),
                injure(doctor.kinds(), short, spread, run, lambda: bars.advance(injured)),
            )
            await asyncio.to_thread(doctor.heal_all)
            return time.monotonic()

        _, healed = await asyncio.gather(
            load.drive(who, numbers, given.side_by_side, lambda _: bars.advance(ended)), break_and_heal()
        )
        await at_rest(world.database.url, broker_url)
        run.seconds, run.drained = time.monotonic() - began, time.monotonic() - healed
        await journal.until_heard(broker_url, DRAIN_S)
    logs = [world.stack.site.log("distribution")]
    found = await asyncio.to_thread(findings.find, world.stack.run, world.database.url, broker_url, logs)
    run.answers = driven.answers
    run.figures = figures(world, messages, driven, found)
    return promises.Evidence(driven, heard, found, messages.poisoned, doctor.deleted)


def figures(world: World, messages: Messages, driven: load.Driven, found: findings.Findings) -> dict[str, object]:
    """Return what there was of everything."""
    return course.drawn(messages.journal, driven, found) | {
        "processes started again": world.stack.supervisor.restarts.total(),
        "failpoints that fired": sum(len(world.stack.arms.fired(room)) for room in findings.COLLECTIONS),
        "poison messages, and parked": f"{len(messages.poisoned)}, {len(found.parked)}",
        "messages replayed after a queue was deleted": messages.replayed,
        "times that the broker lost its log of events": messages.logs_lost,
    }


def main() -> int:
    """Run, print the report, and return the exit status."""
    given = arguments()

    def drive(folder: Path, run: report.Run, bars: Progress) -> promises.Evidence:
        with World(folder) as world:
            return asyncio.run(chaos(world, given, run, bars))

    return course.reported(given, drive)


if __name__ == "__main__":
    sys.exit(main())
