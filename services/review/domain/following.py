"""What drafting tells of a text, and what that does to its review. Pure."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.endings import toggled
from services.review.domain.review import Review, assigned, snapshot_of
from services.review.domain.states import MOVES, Act, State
from shared.contracts.decision import Decision
from shared.contracts.events import AccessChanged, DraftRevised, Snapshot


def follow_draft(review: Review | None, draft: Snapshot, now: datetime) -> Decision[Review]:
    """Keep the newest revision in mind; a new one voids approvals and, if reviewed, asks again.

    Who may see it is no part of the revision: the newest of that is kept whatever revision tells it, and voids nothing.
    """
    snapshot = snapshot_of(draft)
    if review is None:
        return Decision(state=Review(draft=snapshot))
    if draft.toggles != review.draft.toggles:
        return Decision(state=toggled(review, snapshot))
    act = Act.REVISE if draft.correction_of == review.draft.correction_of else Act.CORRECT
    state = MOVES.get((review.state, act), review.state)
    if draft.revision <= review.draft.revision or state is State.PUBLISHED:
        return Decision(state=review.changed(draft=review.draft.knowing(snapshot)))
    renewed = review.changed(draft=snapshot.knowing(review.draft), approvals=(), state=state)
    is_asked = state is State.IN_REVIEW and isinstance(draft, DraftRevised | AccessChanged)
    return Decision(state=renewed, events=(assigned(renewed, now),) if is_asked else ())
