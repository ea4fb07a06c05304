"""The corrections of a postmortem as people see them, put together whatever order they are heard of in. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.contracts.events import DraftRevised

Corrections = tuple["CorrectionView", ...]
Fate = tuple[int, Literal["published", "withdrawn"]]


class CorrectionView(BaseModel):
    """A correction: of which published revision, begun in which one, why, by whom and when.

    Of one revision there is one correction, and its first revision is the one that begins it. After one that was given
    up, the next is of the revision that put back what is published.
    """

    model_config = ConfigDict(frozen=True)

    of: int
    since: int
    note: str
    by: str
    at: datetime
    stamp: tuple[datetime, str]


def begun(known: Corrections, event: DraftRevised, stamp: tuple[datetime, str]) -> Corrections:
    """Return the corrections with what a revision tells of its own, by the revision that each corrects."""
    if event.correction_of is None or event.puts_back:
        return known
    told = CorrectionView(
        of=event.correction_of,
        since=event.revision,
        note=event.correction_note,
        by=event.revised_by,
        at=event.revised_at,
        stamp=stamp,
    )
    by_published = {correction.of: correction for correction in known}
    first = min((told, by_published.get(told.of, told)), key=lambda correction: (correction.since, correction.stamp))
    return tuple(sorted({**by_published, told.of: first}.values(), key=lambda correction: correction.of))


def fate(known: Corrections, n: int, editions: frozenset[int], withdrawals: tuple[int, ...]) -> Fate | None:
    """Return which revision ended the n-th correction, and how; None while it is open.

    What is published was not withdrawn, even if that was tried. Of views from before editions were kept, what a
    correction has become is what the next one corrects.
    """
    following = known[n + 1] if n + 1 < len(known) else None
    end = following.since if following else math.inf
    ends: tuple[tuple[Iterable[int], Literal["published", "withdrawn"]], ...]
    ends = ((editions, "published"), (withdrawals, "withdrawn"))
    for numbers, how in ends:
        if found := [number for number in numbers if known[n].since <= number < end]:
            return max(found), how
    return (following.of, "published") if following else None


def corrected(correction: CorrectionView, editions: frozenset[int]) -> int:
    """Return the published revision that it corrects; after one that was given up, it names what put that back."""
    return max((number for number in editions if number < correction.since), default=correction.of)
