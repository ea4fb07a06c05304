"""The corrections of a postmortem, as the API answers them. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from services.gateway.domain.answers.shapes import example
from services.gateway.domain.corrections import Corrections, corrected, fate
from shared.contracts.values import Status


class CorrectionShown(BaseModel):
    """A correction as the API answers it: its newest revision, what it corrects, why, by whom, and how far it is."""

    revision: int
    correction_of: int
    note: str
    by: str
    at: datetime
    status: Status | Literal["withdrawn"]


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


def shown(
    known: Corrections, editions: frozenset[int], withdrawals: tuple[int, ...], now: tuple[int, Status]
) -> CorrectionList:
    """Return the corrections by what was published and withdrawn; `now`: revision and status of one that is open."""
    items = []
    for n, each in enumerate(known):
        revision, status = fate(known, n, editions, withdrawals) or now
        of = corrected(each, editions)
        items.append(
            CorrectionShown(revision=revision, correction_of=of, note=each.note, by=each.by, at=each.at, status=status)
        )
    return CorrectionList(items=tuple(items))
