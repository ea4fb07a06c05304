"""The course of a long run: what it is told, injuries spread over the incidents, the rest in the end, its report."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults.chaos import findings, promises, report
from tests.faults.chaos.journal import Journal
from tests.faults.chaos.load import Driven
from tests.faults.chaos.report import Run

DRAIN_S = 600.0
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
Drive = Callable[[Path, Run, Progress], promises.Evidence]
"""Drives a run in a folder, shows how far it is, and returns what is held against the promises."""


def arguments(prog: str, about: str, *, incidents: int, side_by_side: int) -> argparse.ArgumentParser:
    """Return what every run can be told; these numbers are taken when it is told none."""
    parser = argparse.ArgumentParser(prog=prog, description=about)
    parser.add_argument("--incidents", type=int, default=incidents, help="how many (default: %(default)s)")
    parser.add_argument(
        "--side-by-side", type=int, default=side_by_side, help="incidents at the same time (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="decides what breaks where and in which order (default: 1)")
    parser.add_argument("--folder", type=Path, help="an empty folder for data and logs, kept (default: removed)")
    parser.add_argument("--report", type=Path, help="where to write the report, beside printing it")
    return parser


def reported(given: argparse.Namespace, drive: Drive) -> int:
    """Drive a run, print its report, and return the exit status: 0 only when every promise was kept."""
    seen = Run(given.seed, datetime.now(UTC).date())
    with tempfile.TemporaryDirectory(prefix="afterword-run-") as folder:
        place = (given.folder or Path(folder)).absolute()
        place.mkdir(parents=True, exist_ok=True)
        with Progress(*COLUMNS, console=Console(stderr=True)) as bars:
            seen.broken = promises.broken(drive(place, seen, bars))
    text = report.markdown(seen)
    sys.stdout.write(text)
    if given.report:
        given.report.write_text(text, encoding="utf-8")
    return 0 if seen.good else 1


def drawn(heard: Journal, driven: Driven, found: findings.Findings) -> dict[str, object]:
    """Return what there was of everything, as each report tells it."""
    return {
        "incidents driven to their publication": len(driven.done),
        "events accepted": sum(map(len, driven.accepted.values())),
        "events said, and copies of them": f"{len(heard.said):,}, {heard.copies.total() - len(heard.said):,}",
        "calendar entries": len(found.entries),
        "mails wanted, and received": f"{len(found.rows):,}, {found.mails.total():,}",
        "lost answers of the relay that were counted": found.ambiguous.total(),
    }


async def injure(
    kinds: Mapping[str, Callable[[], None]], order: Sequence[str], course: Course, run: Run, tell: Callable[[], None]
) -> None:
    """Do one after the other, spread over the incidents; what cannot be done is noted and the others go on."""
    for number, kind in enumerate(order):
        await course.reaches(number / len(order))
        began = time.monotonic()
        try:
            await asyncio.to_thread(kinds[kind])
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
    driven: Driven
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


async def at_rest(mongo_url: str, broker_url: str) -> None:
    """Wait until nothing waits anywhere. Raises: TimeoutError."""
    async with asyncio.timeout(DRAIN_S):
        while await findings.depths(broker_url) or await _unsaid(mongo_url):
            await asyncio.sleep(0.5)


async def _unsaid(mongo_url: str) -> int:
    return await asyncio.to_thread(findings.unsaid, mongo_url)
