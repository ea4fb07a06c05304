"""The course of a run: injuries spread over the incidents, and the rest in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.chaos import findings
from tests.faults.chaos.load import Driven
from tests.faults.chaos.report import Run

DRAIN_S = 600.0


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
