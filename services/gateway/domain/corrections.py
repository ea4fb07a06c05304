"""The corrections of a postmortem as people see them, put together whatever order they are heard of in. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.contracts.events import DraftRevised

Corrections = tuple["CorrectionView", ...]


class CorrectionView(BaseModel):
    """A correction: of which published revision, begun in which one, why, by whom and when.

    Of one published revision there is one correction, and its first revision is the one that begins it.
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
    if event.correction_of is None:
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
