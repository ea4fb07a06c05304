"""Where a meeting can stand, and how it comes from one place to the next. Pure."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a meeting stands."""

    TENTATIVE = "tentative"
    SCHEDULED = "scheduled"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What can happen to a meeting."""

    REVISE = "revise"
    APPROVE = "approve"
    MOVE = "move"
    JOIN = "join"
    LEAVE = "leave"
    ELAPSE = "elapse"
    END = "end"
    CANCEL = "cancel"
    SKIP = "skip"
    REQUIRE = "require"
    MERGE = "merge"


MOVES: dict[tuple[Status, Act], Status] = {
    (Status.TENTATIVE, Act.REVISE): Status.TENTATIVE,
    (Status.TENTATIVE, Act.APPROVE): Status.SCHEDULED,
    (Status.TENTATIVE, Act.MOVE): Status.TENTATIVE,
    (Status.TENTATIVE, Act.JOIN): Status.TENTATIVE,
    (Status.TENTATIVE, Act.LEAVE): Status.TENTATIVE,
    (Status.TENTATIVE, Act.ELAPSE): Status.TENTATIVE,
    (Status.TENTATIVE, Act.CANCEL): Status.CANCELLED,
    (Status.SCHEDULED, Act.REVISE): Status.SCHEDULED,
    (Status.SCHEDULED, Act.APPROVE): Status.SCHEDULED,
    (Status.SCHEDULED, Act.MOVE): Status.SCHEDULED,
    (Status.SCHEDULED, Act.JOIN): Status.SCHEDULED,
    (Status.SCHEDULED, Act.LEAVE): Status.SCHEDULED,
    (Status.SCHEDULED, Act.ELAPSE): Status.ENDED,
    (Status.SCHEDULED, Act.END): Status.ENDED,
    (Status.SCHEDULED, Act.CANCEL): Status.CANCELLED,
    (Status.TENTATIVE, Act.SKIP): Status.CANCELLED,
    (Status.SCHEDULED, Act.SKIP): Status.CANCELLED,
    (Status.TENTATIVE, Act.MERGE): Status.CANCELLED,
    (Status.SCHEDULED, Act.MERGE): Status.CANCELLED,
    (Status.CANCELLED, Act.REQUIRE): Status.TENTATIVE,
}
"""A pair that is not here is no move: an event leaves the meeting alone, a command is refused.

REQUIRE brings back what was off only because the postmortem was skipped or merged; what people call off stays off.
ELAPSE is the end of the slot going by: a tentative meeting did not take place and gets another slot.
"""

LIVE = frozenset({Status.TENTATIVE, Status.SCHEDULED})
"""Meetings that still lie ahead: they keep people busy, are watched on the calendar, and have a timer."""
