"""One row for each postmortem: how long after the incident's end it came to each step. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.gateway.domain.insights import STEPS, Passage
from services.gateway.domain.pages import plots
from services.gateway.domain.pages.figure import Cell, Link, in_unit, span


@dataclass(frozen=True, slots=True)
class Taken:
    """The times that one postmortem took, in seconds."""

    name: str
    points: dict[str, float]
    limit: float | None
    words: str

    def scaled(self, unit: int) -> plots.Strip:
        """Return the row in a unit."""
        points = {name: in_unit(seconds, unit) for name, seconds in self.points.items()}
        return plots.Strip(self.name, points, in_unit(self.limit, unit), self.words)


def newest_first(passages: Sequence[Passage]) -> list[Passage]:
    """Return postmortems by the end of their incidents, the newest first."""
    return sorted(passages, key=lambda each: (each.resolved, each.id), reverse=True)


def strip_of(each: Passage) -> Taken | None:
    """Return a postmortem's row; None when it has come nowhere."""
    points = {step.capitalize(): seconds for step in STEPS if (seconds := _took(each, step)) is not None}
    if not points:
        return None
    reached = next(name for name in reversed(points))
    return Taken(_name(each), points, _seconds(each, each.deadline), f"{reached} {span(points[reached])}")


def strip_row(each: Passage) -> tuple[Cell, ...]:
    """Return a postmortem's row in the table."""
    name: Cell = Link(each.title or _name(each), f"/postmortems/{each.id}") if each.id else _name(each)
    took = (span(_took(each, step)) for step in STEPS)
    return (name, each.severity.value.upper(), _day(each), *took, span(_seconds(each, each.deadline)))


def _name(each: Passage) -> str:
    services = f" {each.services[0]}" if each.services else ""
    return f"{_day(each)[5:]} {each.severity.value}{services}"


def _day(each: Passage) -> str:
    return f"{each.resolved.astimezone(UTC):%Y-%m-%d}"


def _took(each: Passage, step: str) -> float | None:
    at: datetime | None = getattr(each, step)
    return None if at is None else _seconds(each, at)


def _seconds(each: Passage, at: datetime) -> float:
    return max(0.0, (at - each.resolved).total_seconds())
