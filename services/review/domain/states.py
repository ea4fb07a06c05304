"""Where a review can stand, and how it comes from one place to the next. Pure."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a review stands."""

    WAITING = "waiting"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    PUBLISHED = "published"


class Act(StrEnum):
    """What can happen to a review."""

    SUBMIT = "submit"
    REVISE = "revise"
    REQUEST_CHANGES = "request_changes"
    APPROVE = "approve"
    PUBLISH = "publish"
    CORRECT = "correct"
    SKIP = "skip"
    MERGE = "merge"
    WITHDRAW = "withdraw"


MOVES: dict[tuple[State, Act], State] = {
    (State.WAITING, Act.SUBMIT): State.IN_REVIEW,
    (State.WAITING, Act.REVISE): State.WAITING,
    (State.IN_REVIEW, Act.SUBMIT): State.IN_REVIEW,
    (State.IN_REVIEW, Act.REVISE): State.IN_REVIEW,
    (State.IN_REVIEW, Act.REQUEST_CHANGES): State.CHANGES_REQUESTED,
    (State.IN_REVIEW, Act.APPROVE): State.APPROVED,
    (State.CHANGES_REQUESTED, Act.SUBMIT): State.IN_REVIEW,
    (State.CHANGES_REQUESTED, Act.REVISE): State.CHANGES_REQUESTED,
    (State.APPROVED, Act.SUBMIT): State.APPROVED,
    (State.APPROVED, Act.REVISE): State.IN_REVIEW,
    (State.IN_REVIEW, Act.WITHDRAW): State.IN_REVIEW,
    (State.APPROVED, Act.WITHDRAW): State.IN_REVIEW,
    (State.WAITING, Act.PUBLISH): State.PUBLISHED,
    (State.APPROVED, Act.PUBLISH): State.PUBLISHED,
    (State.IN_REVIEW, Act.PUBLISH): State.PUBLISHED,
    (State.CHANGES_REQUESTED, Act.PUBLISH): State.PUBLISHED,
    **{(state, Act.MERGE): State.WAITING for state in State if state is not State.PUBLISHED},
    **{(state, Act.CORRECT): State.WAITING for state in State},
    **{(state, Act.SKIP): State.WAITING for state in State if state is not State.PUBLISHED},
}
"""A pair that is not here is no move: an event leaves the state alone, a command is refused.

What is skipped is reviewed no more, and is submitted anew when it is asked for again; publication may overtake that. A
correction says which revision is published, so it begins a round whether or not Published was heard before it.
"""
