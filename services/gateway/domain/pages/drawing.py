"""What drawings are made of: rectangles, paths, words, and scales with even ticks. Pure.

A drawing has a size of its own, and the page shows it as wide as there is room. Colours and dashes are classes
(`kind`), which the style sheet knows; nothing is told by a colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

Anchor = Literal["start", "middle", "end"]
LONGEST_LABEL = 22
MOST_TICKS = 6
SMALLEST, MANY = 1e-3, 1000
RADIUS = 6.0
SHAPES = ("circle", "square", "diamond", "triangle", "cross")
"""What tells the points of one row or line from those of another, beside their colour."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A bar; `says` is shown for whoever points at it."""

    tag: ClassVar[str] = "rect"
    x: float
    y: float
    width: float
    height: float
    kind: str
    says: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """A line or a point."""

    tag: ClassVar[str] = "path"
    d: str
    kind: str
    says: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A word at a place; `y` is its base line."""

    tag: ClassVar[str] = "text"
    x: float
    y: float
    words: str
    anchor: Anchor = "start"
    kind: str = "label"


Mark = Rect | Path | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """Marks in the order in which they are drawn, and the size of all."""

    width: float
    height: float
    marks: Sequence[Mark] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a value stands between two ends of an axis that begins at 0."""

    top: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return a value's place, rounded so that pages stay small; what is beyond an end stands there."""
        share = min(max(value / self.top, 0.0), 1.0)
        return round(self.start + share * (self.end - self.start), 1)


def ticks(highest: float) -> tuple[float, ...]:
    """Return even, round numbers from 0 to the highest value or just above: some three to seven of them."""
    if highest < SMALLEST:
        return (0, 1)
    rough = highest / MOST_TICKS
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough * (1 - 1e-9))
    return tuple(round(n * step, 10) for n in range(math.ceil(round(highest / step, 9)) + 1))


def number(value: float) -> str:
    """Return a number as people write it: no more digits than it takes."""
    if value == int(value) or value >= MANY:
        return str(round(value))
    return f"{value:.3g}"


def shortened(label: str) -> str:
    """Return a label that fits beside its row."""
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"


def line(points: Sequence[tuple[float, float]]) -> str:
    """Return the path through points."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def point(shape: str, x: float, y: float) -> str:
    """Return the path of a point's shape around its place. Raises: KeyError for an unknown one."""
    r, side = RADIUS, 2 * RADIUS - 2
    corner = f"M{x - r + 1:g} {y - r + 1:g}"
    return {
        "circle": f"M{x - r:g} {y:g}a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0Z",
        "square": f"{corner}h{side:g}v{side:g}h{-side:g}Z",
        "diamond": f"M{x:g} {y - r:g}l{r:g} {r:g}l{-r:g} {r:g}l{-r:g} {-r:g}Z",
        "triangle": f"M{x:g} {y - r:g}l{r:g} {2 * r - 1:g}h{-2 * r:g}Z",
        "cross": f"{corner}l{side:g} {side:g}m0 {-side:g}l{-side:g} {side:g}",
    }[shape]


KEYS = {f"c{n + 1}": point(shape, 9, 7) for n, shape in enumerate(SHAPES)}
"""The points of rows and lines, as they stand in a key of 18 to 14."""


def across(scale: Scale, top: float, bottom: float, at: Sequence[float]) -> Iterator[Mark]:
    """Draw the ticks of an axis that runs from left to right, each with a thin line upwards."""
    for value in at:
        x = scale(value)
        yield Path(line([(x, top), (x, bottom)]), "grid")
        yield Text(x, bottom + 18, number(value), "middle", "tick")


def upwards(scale: Scale, left: float, right: float, at: Sequence[float]) -> Iterator[Mark]:
    """Draw the ticks of an axis that runs upwards, each with a thin line to the right."""
    for value in at:
        y = scale(value)
        yield Path(line([(left, y), (right, y)]), "grid")
        yield Text(left - 8, y + 4, number(value), "end", "tick")
