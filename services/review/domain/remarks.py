"""What the owner is told when changes are asked for. Pure."""

from __future__ import annotations

from services.review.domain.review import Review
from services.review.domain.telling import tell, titles
from shared.contracts.events import ChangesRequested
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind


def changes_notice(review: Review, event: ChangesRequested) -> ReviewNotice:
    """Return the mail to the owner: changes are asked for, in which sections, by whom."""
    return tell(
        review,
        ReviewNoticeKind.CHANGES_REQUESTED,
        review.draft.owner,
        event.at,
        why=(f"{event.reviewer.name} asks for changes to it.",),
        sections=titles(review.draft, {comment.section for comment in event.comments}),
    )
