"""The difference of two texts as a page shows it: what stayed the same is cut down to what is near a change. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from services.gateway.domain.history import Segment
from services.gateway.domain.lines import lines as lines_of

NEAR = 3
"""How many lines stand around a change."""


class Piece(NamedTuple):
    """A piece of text, or a number of lines that are left out since they are the same in both."""

    op: Literal["equal", "insert", "delete", "gap"]
    text: str = ""
    lines: int = 0


def pieces(segments: Sequence[Segment], near: int | None = NEAR) -> tuple[Piece, ...]:
    """Return segments with what is far from every change left out; None leaves nothing out."""
    last = len(segments) - 1
    return tuple(
        piece
        for place, segment in enumerate(segments)
        for piece in _pieces(segment, near, is_first=place == 0, is_last=place == last)
    )


def _pieces(segment: Segment, near: int | None, *, is_first: bool, is_last: bool) -> Iterator[Piece]:
    lines = lines_of(segment.text)
    before, after = (0 if is_first else near or 0), (0 if is_last else near or 0)
    left_out = len(lines) - before - after
    if segment.op != "equal" or near is None or left_out <= 1:
        yield Piece(segment.op, segment.text)
        return
    if before:
        yield Piece("equal", "".join(lines[:before]))
    yield Piece("gap", lines=left_out)
    if after:
        yield Piece("equal", "".join(lines[-after:]))
