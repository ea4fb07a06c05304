"""What a figure is: a drawing with its words, its key, and the table with the same numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self
from urllib.parse import urlencode

from services.gateway.domain.pages.drawing import Drawing, number

MINUTE, HOUR, DAY = 60, 3600, 86_400
UNITS = {MINUTE: "Minutes", HOUR: "Hours", DAY: "Days"}
FEW = 3
"""Of fewer a median is no more than one of them."""
NONE = "-"
SOON = 2


class Link(NamedTuple):
    """Words that lead somewhere."""

    words: str
    href: str

    @classmethod
    def to(cls, path: str, words: str, **query: str) -> Self:
        """Return a link with a query."""
        return cls(words, f"{path}?{urlencode(query)}" if query else path)


Cell = str | Link


class Table(NamedTuple):
    """Numbers in rows; the first cell of each names it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of a page. `lacks` says why there is no drawing; `keys` are classes of marks and what they mean."""

    name: str
    title: str
    summary: str
    drawing: Drawing | None
    table: Table
    keys: tuple[tuple[str, str], ...] = ()
    lacks: str = ""


def unit_of(seconds: Sequence[float]) -> int:
    """Return the unit that times are best drawn in: minutes up to two hours, hours up to two days, else days."""
    most = max(seconds, default=0)
    if most <= SOON * HOUR:
        return MINUTE
    return HOUR if most <= SOON * DAY else DAY


def in_unit(seconds: float | None, unit: int) -> float:
    """Return a time in a unit; none is 0."""
    return (seconds or 0) / unit


def axis(unit: int) -> str:
    """Return what stands at an axis of times."""
    return UNITS[unit]


def span(seconds: float | None) -> str:
    """Return a time in words that are short: 40 min, 5.5 h, 3.2 days."""
    if seconds is None:
        return NONE
    if seconds < HOUR:
        return f"{round(seconds / 60)} min"
    if seconds < SOON * DAY:
        return f"{number(round(seconds / HOUR, 1))} h"
    return f"{number(round(seconds / DAY, 1))} days"
