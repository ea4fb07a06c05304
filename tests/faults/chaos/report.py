"""The run in a page of Markdown: what broke, what was driven, what was kept."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

SHOWN = 10


@dataclass
class Run:
    """What is known when everything is over. Times are seconds; `broken` is empty where a promise was kept."""

    seed: int
    day: date
    seconds: float = 0.0
    drained: float = 0.0
    injured: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    broken: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Say whether every promise was kept."""
        return bool(self.broken) and not any(self.broken.values()) and not self.failed


def markdown(run: Run) -> str:
    """Return the whole report."""
    return "\n".join(_lines(run)) + "\n"


def _lines(run: Run) -> Iterator[str]:
    machine = f"{platform.system()} {platform.machine()}"
    yield f"Seed {run.seed}, {run.day.isoformat()}, {machine}, {run.seconds / 60:.0f} minutes."
    yield from ("", "| what | |", "|---|--:|")
    yield from (f"| {name} | {value} |" for name, value in run.figures.items())
    yield f"| seconds until all was at rest after the last healing | {run.drained:.0f} |"
    yield from ("", "| what broke | times |", "|---|--:|")
    yield from (f"| {kind} | {times} |" for kind, times in sorted(run.injured.items()))
    yield from ("", "| promise | broken |", "|---|--:|")
    yield from (f"| {promise} | {len(ways)} |" for promise, ways in run.broken.items())
    yield from ("", "| answers that made callers try again, or do it anew | times |", "|---|--:|")
    yield from (f"| {answer} | {times} |" for answer, times in run.answers.most_common())
    for promise, ways in run.broken.items():
        if ways:
            yield from ("", f"**{promise}**: {len(ways)}", "", *(f"- {way}" for way in ways[:SHOWN]))
    if run.failed:
        yield from ("", "**injuries that could not be done**", "", *(f"- {failure}" for failure in run.failed[:SHOWN]))
