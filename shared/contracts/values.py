"""The values inside messages: what an incident, a timeline, a review or a meeting is made of."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import Email, Line, Moment, Text, Token, Url, Value
from shared.contracts.checklists import Checklist

SectionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Report = dict[SectionName, Text]
"""The report: section name -> Markdown, in the template's order."""

Status = Literal["draft", "in_review", "changes_requested", "approved", "published", "closed", "skipped"]
MeetingStatus = Literal["tentative", "scheduled", "ended", "cancelled"]
Answer = Literal["accepted", "declined", "tentative", "none"]
"""What somebody says to an invitation; `none` as long as they have said nothing."""
Origin = Literal["policy", "api"]
"""Where something comes from that the policy file names first and people may change over the API."""


class IncidentKind(StrEnum):
    """What an incident tool can tell us."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    NOTE = "note"
    SEVERITY_CHANGED = "severity_changed"
    ROLE_ASSIGNED = "role_assigned"
    STATUS_UPDATE = "status_update"
    RESOLVED = "resolved"
    REOPENED = "reopened"


class Entry(Value):
    """What happened, in words, and where the evidence is."""

    text: Text = ""
    evidence_url: Url | None = None


class Incident(Value):
    """Where a postmortem comes from; times are UTC."""

    source: Token
    external_id: Token
    url: Url | None = None
    started_at: Moment | None = None
    resolved_at: Moment | None = None


class TimelineEntry(Value):
    """One line of the timeline; `who` is the person's name as the policy knows it, else as the source tells it.

    `role` is the role that they had by then. `source` and `external_id` tell which incident it belongs to.
    """

    id: Token
    at: Moment
    text: Text
    kind: IncidentKind
    who: str | None = None
    role: str | None = None
    evidence_url: Url | None = None
    source: Token
    external_id: Token | None = None


class Reviewer(Value):
    """A member of the community who was asked to review."""

    name: Line
    email: Email


class AskedReviewer(Reviewer):
    """A reviewer of one postmortem, and why it is them.

    `why` is a sentence a reason; `due` is until when a verdict is hoped for. `claimed`: they said that they do it;
    `learning`: they review beside somebody experienced. `approved_revision` is the last one that they approved.
    """

    why: tuple[str, ...] = ()
    asked_at: Moment | None = None
    due: Moment | None = None
    claimed: bool = False
    learning: bool = False
    approved_revision: int | None = None


class Comment(Value):
    """A reviewer's remark, at a section or at the whole, or at the words of a section that `quote` has exactly.

    `before` and `after` are what stands beside these. `id`, which review gives, is that of the thread that it begins.
    """

    section: str | None = Field(default=None, max_length=100)
    text: Text = Field(min_length=1)
    id: str | None = None
    quote: str | None = Field(default=None, min_length=1, max_length=500)
    before: str = Field(default="", max_length=100)
    after: str = Field(default="", max_length=100)


class Approval(Value):
    """One reviewer's approval of one revision."""

    name: Line
    email: Email
    at: Moment
    checklist: Checklist = {}


def _is_none(value: object) -> bool:
    return value is None


class Attendee(Value):
    """Somebody on the invitation; `required` false means that the person is welcome, not needed.

    `role` is what they are invited as: `owner`, `commander`, `facilitator`, `reviewer`, ...
    `answer` is what they said to it in their own calendar, as far as the shared one has heard of it.
    """

    name: Line
    email: Email
    required: bool = True
    role: str | None = Field(default=None, max_length=60, exclude_if=_is_none)
    answer: Answer = "none"


class ListUsed(Value):
    """A distribution list that a publication went to, and how many people it added."""

    name: Token
    recipients: int = Field(ge=0)
