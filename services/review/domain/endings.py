"""What ends a review: a publication, a skip, a merge. Old news of one ends nothing that began after it. Pure."""

from __future__ import annotations

from services.review.domain.review import Review
from services.review.domain.states import MOVES, Act
from shared.contracts.decision import Decision
from shared.contracts.events import Published, Snapshot
from shared.contracts.merging import PostmortemMerged


def close(review: Review | None, published: Published) -> Decision[Review | None]:
    """A published postmortem is no longer reviewed; what its correction is about is published already."""
    if review is None or published.revision <= (review.draft.correction_of or 0):
        return Decision(state=review)
    state = MOVES.get((review.state, Act.PUBLISH), review.state)
    return Decision(state=review.model_copy(update={"state": state}))


def hear_merged(review: Review, merged: PostmortemMerged) -> Decision[Review]:
    """Its incident is another postmortem's: the review of what was submitted until then is over."""
    known = review.model_copy(update={"merged": max(review.merged, merged.revision)})
    state = MOVES.get((review.state, Act.MERGE), review.state)
    if review.requested > merged.revision:
        return Decision(state=known)
    return Decision(state=known.model_copy(update={"state": state, "approvals": ()}))


def toggled(review: Review, snapshot: Snapshot) -> Review:
    """It was skipped, or asked for again: whatever was said of it before counts no more."""
    if snapshot.toggles < review.draft.toggles:
        return review.model_copy(update={"draft": review.draft.knowing(snapshot)})
    act = Act.SKIP if snapshot.correction_of == review.draft.correction_of else Act.CORRECT
    state = MOVES.get((review.state, act), review.state)
    draft = snapshot.knowing(review.draft)
    return review.model_copy(update={"draft": draft, "approvals": (), "state": state})
