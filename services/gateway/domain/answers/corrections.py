"""The corrections of a postmortem, as the API answers them. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from services.gateway.domain.answers.shapes import example
from services.gateway.domain.corrections import Corrections
from shared.contracts.values import Status


class CorrectionShown(BaseModel):
    """A correction as the API answers it: its newest revision, what it corrects, why, by whom, and how far it is."""

    revision: int
    correction_of: int
    note: str
    by: str
    at: datetime
    status: Status


class CorrectionList(BaseModel):
    """The corrections of one postmortem, the first one first."""

    model_config = example(
        {
            "items": [
                {
                    "revision": 4,
                    "correction_of": 2,
                    "note": "It was 512 customers, not 412.",
                    "by": "owner@example.com",
                    "at": "2026-03-09T08:30:00Z",
                    "status": "in_review",
                }
            ]
        }
    )

    items: tuple[CorrectionShown, ...]


def shown(known: Corrections, newest: int, status: Status) -> CorrectionList:
    """Return the corrections; `newest` and `status` are those of the last one, all others are published.

    What a correction has become is what the next one corrects.
    """
    published: list[tuple[int, Status]] = [(correction.of, "published") for correction in known[1:]]
    return CorrectionList(
        items=tuple(
            CorrectionShown(
                revision=revision, correction_of=each.of, note=each.note, by=each.by, at=each.at, status=stands
            )
            for each, (revision, stands) in zip(known, [*published, (newest, status)], strict=False)
        )
    )
