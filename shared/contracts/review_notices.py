"""What review tells one person by mail: that a review is theirs, due, late or somebody else's now."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from shared.contracts.base import BaseMessage, Line, Message, Moment, Owner, Severity


class ReviewNoticeKind(StrEnum):
    """What a notice of review is about; each has its words in distribution's notices.toml."""

    REVIEW_ASKED = "review_asked"
    REVIEW_AGAIN = "review_again"
    REVIEW_DUE = "review_due"
    REVIEW_LATE = "review_late"
    REVIEW_PASSED_ON = "review_passed_on"
    REVIEWERS_WANTED = "reviewers_wanted"
    REVIEW_ESCALATED = "review_escalated"
    SUBMIT_DUE = "submit_due"
    CHANGES_REQUESTED = "changes_requested"
    COACHING = "coaching"


class ReviewNotice(Message):
    """One person is told something of a review. Said by review, once for each person and step.

    `due`: until when it is to be done, where there is such a time; `since_revision`: the last one that the recipient
    approved; `sections`: titles of what changed since then, or of where remarks are; `counts`: remarks by severity.
    `why` are sentences. Of what is `restricted` a subject tells nothing.
    """

    name: ClassVar[str] = "ReviewNotice.v1"
    kind: ReviewNoticeKind
    recipient: Owner
    step: int = Field(default=1, ge=1)
    due: Moment | None = None
    title: Line
    severity: Severity
    revision: int = Field(ge=1)
    why: tuple[str, ...] = ()
    since_revision: int | None = None
    sections: tuple[str, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict)
    at: Moment
    restricted: bool = False


EVENTS: tuple[type[BaseMessage], ...] = (ReviewNotice,)
