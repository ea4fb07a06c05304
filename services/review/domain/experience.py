"""What a review adds to the load and the experience of its reviewers. Pure.

It follows from any change of the review, so that nobody has to think of it, and stays when others are asked instead.
"""

from __future__ import annotations

from datetime import datetime

from services.review.domain import turns
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.states import State
from shared.contracts.decision import Decision


def keep_turns(before: Review | None, after: Review, _practice: Practice, now: datetime) -> Decision[Review]:
    """Keep who was asked in this round, and whose work was published."""
    kept = turns.published(after.turns, _published(before, after))
    if after.state is State.IN_REVIEW:
        kept = turns.asked(kept, after.reviewers, _round(after), now)
    return Decision(state=after if kept == after.turns else after.changed(turns=kept))


def with_verdict(review: Review, email: str, now: datetime) -> Review:
    """Return the review after somebody approved its revision, or asked for changes of it."""
    return review.changed(turns=turns.answered(review.turns, email, _round(review), now))


def waits_for(review: Review) -> tuple[str, ...]:
    """Return whom a review waits for: who is asked now, and has not approved the newest revision."""
    if review.state is not State.IN_REVIEW:
        return ()
    approved = {approval.email for approval in review.approvals}
    asked = {reviewer.email for reviewer in review.reviewers} - approved
    return tuple(turn.email for turn in review.turns if turn.round == _round(review) and turn.email in asked)


def times_asked(review: Review) -> tuple[tuple[str, datetime], ...]:
    """Return who was asked for it and when: once for each round, also who was replaced since."""
    return tuple((turn.email, turn.asked_at) for turn in review.turns if turn.asked_at)


def _round(review: Review) -> int:
    return review.draft.correction_of or 0


def _published(before: Review | None, after: Review) -> set[int]:
    """Return the rounds whose text is known to be out: a correction may be heard of before the publication it corrects.

    What a correction that was given up would have said is never out, though a revision follows that puts the text back.
    """
    now, earlier = _round(after), _round(before) if before else 0
    rounds = {0} if now else set()
    if earlier != now and not after.draft.puts_back:
        rounds.add(earlier)
    if after.state is State.PUBLISHED:
        rounds.add(now)
    return rounds
