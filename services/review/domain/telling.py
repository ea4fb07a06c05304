"""What a notice of review says of the postmortem itself. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from services.review.domain.review import Review
from shared.contracts.base import Owner
from shared.contracts.events import Snapshot
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind


def tell(review: Review, kind: ReviewNoticeKind, recipient: Owner, now: datetime, **fields: Any) -> ReviewNotice:
    """Return a notice to one person; what is not given is left out."""
    draft = review.draft
    return ReviewNotice(
        postmortem_id=draft.postmortem_id,
        kind=kind,
        recipient=recipient,
        title=draft.title,
        severity=draft.severity,
        revision=draft.revision,
        at=now,
        restricted=draft.restricted,
        **fields,
    )


def titles(draft: Snapshot, names: Collection[str | None]) -> tuple[str, ...]:
    """Return what the sections of these names are called, in their order."""
    return tuple(section.title for section in draft.described() if section.name in names)


def reviewer_of(review: Review, email: str) -> Owner:
    """Return a reviewer as somebody who can be told. Raises: StopIteration for somebody who is none."""
    return next(Owner(name=each.name, email=each.email) for each in review.reviewers if each.email == email)
