"""Four kinds of plots: ranges in rows, points in rows, stacked bars by month, lines by month. Pure geometry.

Each returns a drawing of what it is given, with its axes named; whether that is enough to be drawn, the caller decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.gateway.domain.pages.drawing import (
    SHAPES,
    Drawing,
    Mark,
    Path,
    Rect,
    Scale,
    Text,
    across,
    line,
    number,
    point,
    shortened,
    ticks,
    upwards,
)

WIDTH, WIDER = 620.0, 900.0
"""Of what stands beside another figure, and of what has the whole width."""
NAMES, VALUES, TOLD = 175.0, 85.0, 175.0
"""The room for the names of rows at the left, and for what they say at the right: in numbers, or in words, too."""
HEAD, FOOT, ROW = 34.0, 46.0, 32.0
HIGH, LEFT, RIGHT, MONTHS = 260.0, 50.0, 150.0, 28.0
"""Of a plot by month: its height, the room for its numbers, for the names of its lines, and of months below."""
APART = 17.0


@dataclass(frozen=True, slots=True)
class Range:
    """A row with one value, and how far most go beyond it; `words` say the same in numbers."""

    name: str
    value: float
    most: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A row with points, by the name of their kind; `limit` is the value that they were to keep."""

    name: str
    points: Mapping[str, float]
    limit: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """The values of one thing month by month; None where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Stack:
    """A bar of parts, the lowest first, each with the name of its kind."""

    parts: Sequence[tuple[str, float]]

    def height(self) -> float:
        """Return how high all parts are together."""
        return sum(value for _, value in self.parts)


def ranges(rows: Sequence[Range], axis: str, limit: tuple[float, str] | None = None) -> Drawing:
    """Draw a bar up to each row's value, and a hatched one up to where most are; `limit`: a line across, named."""
    highest = max(*(max(row.value, row.most or 0) for row in rows), limit[0] if limit else 0)
    right = WIDTH - VALUES
    scale, marks, bottom = _rows(highest, len(rows), axis, right)
    for y, row in zip(_middles(len(rows)), rows, strict=True):
        marks += _named(y, row.name, row.words, right)
        marks.append(Rect(scale(0), y - 8, round(scale(row.value) - scale(0), 1), 16, "bar", row.words))
        if row.most is not None and row.most > row.value:
            marks.append(Rect(scale(row.value), y - 5, round(scale(row.most) - scale(row.value), 1), 10, "most"))
    if limit:
        marks += _limit(scale(limit[0]), HEAD, bottom, limit[1])
    return Drawing(WIDTH, bottom + FOOT, tuple(marks))


def strips(rows: Sequence[Strip], kinds: Sequence[str], axis: str) -> Drawing:
    """Draw each row's points in time, of the shape of their kind, and a stroke at its limit."""
    highest = max(max([*row.points.values(), row.limit or 0]) for row in rows)
    right = WIDER - TOLD
    scale, marks, bottom = _rows(highest, len(rows), axis, right)
    for y, row in zip(_middles(len(rows)), rows, strict=True):
        marks += _named(y, row.name, row.words, right)
        if row.points:
            marks.append(Path(line([(scale(0), y), (scale(max(row.points.values())), y)]), "way"))
        if row.limit is not None:
            marks.append(Path(line([(scale(row.limit), y - 12), (scale(row.limit), y + 12)]), "limit", "Deadline"))
        for kind, value in row.points.items():
            n = kinds.index(kind)
            marks.append(Path(point(SHAPES[n], scale(value), y), f"c{n + 1} {SHAPES[n]}", kind))
    return Drawing(WIDER, bottom + FOOT, tuple(marks))


def stacks(months: Sequence[str], bars: Sequence[Sequence[Stack]], axis: str) -> Drawing:
    """Draw bars side by side for each month, each of parts upon each other."""
    at = _whole(ticks(max(1.0, *(stack.height() for bar in bars for stack in bar))))
    scale = Scale(at[-1], HIGH, HEAD)
    marks = [*_frame(scale, at, axis, WIDTH - 20), *_months(months, WIDTH - 20)]
    room = (WIDTH - 20 - LEFT) / len(months)
    for n, bar in enumerate(bars):
        width = min(36.0, room * 0.8 / len(bar))
        left = LEFT + room * (n + 0.5) - width * len(bar) / 2
        for m, stack in enumerate(bar):
            marks += _stacked(stack, scale, round(left + m * width, 1), round(width - 2, 1))
    return Drawing(WIDTH, HIGH + MONTHS, tuple(marks))


def lines(months: Sequence[str], drawn: Sequence[Line], axis: str) -> Drawing:
    """Draw a line for each thing, with its name at its end; where a month has no value, the line has a gap."""
    at = ticks(max((value for each in drawn for value in each.values if value is not None), default=0))
    scale = Scale(at[-1], HIGH, HEAD)
    right = WIDTH - RIGHT
    marks = [*_frame(scale, at, axis, right), *_months(months, right)]
    room, ends = (right - LEFT) / len(months), []
    for n, each in enumerate(drawn):
        places = [
            (round(LEFT + room * (m + 0.5), 1), scale(value))
            for m, value in enumerate(each.values)
            if value is not None
        ]
        marks += [Path(line(run), f"c{n + 1} run") for run in _runs(each.values, places)]
        marks += [Path(point(SHAPES[n], x, y), f"c{n + 1} {SHAPES[n]}", each.name) for x, y in places]
        if places:
            ends.append((places[-1], n, each.name))
    return Drawing(WIDTH, HIGH + MONTHS, (*marks, *_names(ends, right)))


def _rows(highest: float, count: int, axis: str, right: float) -> tuple[Scale, list[Mark], float]:
    at = ticks(highest)
    bottom = HEAD + count * ROW + 4
    scale = Scale(at[-1], NAMES, right)
    return scale, [*across(scale, HEAD, bottom, at), Text(scale(0), bottom + 40, axis, "start", "axis")], bottom


def _middles(count: int) -> list[float]:
    """Return where rows are in the middle of their height."""
    return [HEAD + (n + 0.5) * ROW + 2 for n in range(count)]


def _named(y: float, name: str, words: str, right: float) -> list[Mark]:
    return [Text(0, y + 4, shortened(name)), Text(right + 14, y + 4, words, "start", "value")]


def _limit(x: float, top: float, bottom: float, name: str) -> list[Mark]:
    return [Path(line([(x, top), (x, bottom)]), "limit"), Text(x, top - 8, name, "middle", "limit-name")]


def _frame(scale: Scale, at: Sequence[float], axis: str, right: float) -> Iterator[Mark]:
    yield Text(0, 14, axis, "start", "axis")
    yield from upwards(scale, LEFT, right, at)


def _months(months: Sequence[str], right: float) -> Iterator[Mark]:
    room = (right - LEFT) / len(months)
    every = 1 + len(months) // 9
    for n, month in enumerate(months):
        if n % every == 0:
            yield Text(round(LEFT + room * (n + 0.5), 1), HIGH + 20, month, "middle", "tick")
    yield Path(line([(LEFT, HIGH), (right, HIGH)]), "ground")


def _stacked(stack: Stack, scale: Scale, x: float, width: float) -> Iterator[Mark]:
    below = 0.0
    for kind, value in stack.parts:
        if value:
            top, bottom = scale(below + value), scale(below)
            yield Rect(x, top, width, round(bottom - top, 1), f"part {kind}", f"{kind}: {number(value)}")
        below += value


def _runs(values: Sequence[float | None], places: Sequence[tuple[float, float]]) -> Iterator[list[tuple[float, float]]]:
    """Return what is to be joined: months next to each other that have a value."""
    left = iter(places)
    for is_there, run in groupby(values, key=lambda value: value is not None):
        if is_there:
            yield [next(left) for _ in run]


def _names(ends: list[tuple[tuple[float, float], int, str]], right: float) -> Iterator[Mark]:
    """Write each line's name beside its end, so far apart that all can be read, and none below the ground."""
    last = 0.0
    for left, ((_, y), n, name) in zip(range(len(ends) - 1, -1, -1), sorted(ends, key=_height), strict=True):
        last = min(max(y, last + APART), HIGH - left * APART)
        yield Path(point(SHAPES[n], right + 12, last), f"c{n + 1} {SHAPES[n]}")
        yield Text(right + 24, last + 4, shortened(name))


def _height(end: tuple[tuple[float, float], int, str]) -> float:
    return end[0][1]


def _whole(at: tuple[float, ...]) -> tuple[float, ...]:
    """Nobody reads half a postmortem at an axis."""
    return at if all(value == int(value) for value in at) else tuple(float(n) for n in range(int(at[-1]) + 2))
