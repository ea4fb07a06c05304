"""The commands. Each has one addressee, `room`; the routing key is `<room>.<Name>.v<N>`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.contracts.action_items import ItemId, ItemKind, ItemState, Priority, Words
from shared.contracts.base import (
    NOT_BLANK,
    BaseMessage,
    Email,
    Line,
    Message,
    Moment,
    Owner,
    Severity,
    Token,
    Url,
    Value,
)
from shared.contracts.checklists import Checklist
from shared.contracts.findings import Justification
from shared.contracts.mailing import DeliveryPlace, DeliveryState
from shared.contracts.values import Comment, Report


class Role(StrEnum):
    """What a caller may do; a person has one role, the higher include the lower except for verdicts."""

    TOOL = "tool"
    ENGINEER = "engineer"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class Actor(Value):
    """Who gives the command, as the gateway authenticated them."""

    name: Line
    email: Email
    role: Role = Role.ENGINEER


class BaseCommand(BaseMessage):
    """Something that one room is asked to do on somebody's behalf, whatever it is about."""

    room: ClassVar[str]
    actor: Actor

    @classmethod
    def address(cls) -> str:
        """The routing key, which is also the name of the queue: `<room>.<Name>.v<N>`."""
        return f"{cls.room}.{cls.name}"


class Command(BaseCommand, Message):
    """Something that one room is asked to do with a postmortem on somebody's behalf."""


class RevisePostmortem(Command):
    """Change the text; `base_revision` is the revision that the author saw, `base_hash` how its content hash begins.

    What others have changed since then is kept: a change of the same part is refused, of other parts it is merged.
    `base_access` is the count of `access` that the author saw; without it a change of these replaces any other.
    `tags`, `restricted` and `readers` are no part of the text: alone they make no new revision.
    """

    room: ClassVar[str] = "drafting"
    name: ClassVar[str] = "RevisePostmortem.v1"
    base_revision: int = Field(ge=1)
    base_hash: str = Field(default="", max_length=64)
    base_access: int | None = Field(default=None, ge=0)
    title: Line | None = None
    severity: Severity | None = None
    services: tuple[Token, ...] | None = None
    owner: Owner | None = None
    sections: Report | None = None
    tags: tuple[Token, ...] | None = Field(default=None, max_length=50)
    restricted: bool | None = None
    readers: tuple[Email, ...] | None = Field(default=None, max_length=200)
    note: str = Field(default="", max_length=500)


class SubmitForReview(Command):
    """Ask the community to review the current revision; `justifications` say why what was found in it may stay."""

    room: ClassVar[str] = "drafting"
    name: ClassVar[str] = "SubmitForReview.v1"
    justifications: tuple[Justification, ...] = Field(default=(), max_length=200)


class CorrectPostmortem(Command):
    """Begin to correct what is published; `note` says what was wrong, `base_revision` is the revision that was seen."""

    room: ClassVar[str] = "drafting"
    name: ClassVar[str] = "CorrectPostmortem.v1"
    base_revision: int = Field(ge=1)
    base_hash: str = Field(default="", max_length=64)
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), NOT_BLANK]
    title: Line | None = None
    severity: Severity | None = None
    services: tuple[Token, ...] | None = None
    sections: Report | None = None


class AddActionItem(Command):
    """Add an action item, open; without `due` the policy says until when."""

    room: ClassVar[str] = "drafting"
    name: ClassVar[str] = "AddActionItem.v1"
    text: Words
    owner: Owner
    priority: Priority = Priority.P1
    kind: ItemKind = ItemKind.PREVENT
    due: Moment | None = None
    tracker_url: Url | None = None


class ChangeActionItem(Command):
    """Change what is named of an action item; `base_version` is the version that was seen, an empty URL is none."""

    room: ClassVar[str] = "drafting"
    name: ClassVar[str] = "ChangeActionItem.v1"
    item_id: ItemId
    base_version: int = Field(ge=1)
    text: Words | None = None
    owner: Owner | None = None
    priority: Priority | None = None
    kind: ItemKind | None = None
    due: Moment | None = None
    state: ItemState | None = None
    reason: Words | None = None
    tracker_url: Url | Literal[""] | None = None


class Verdict(StrEnum):
    """What a reviewer can say of a revision."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    COMMENT = "comment"


class GiveVerdict(Command):
    """A reviewer's word on one revision; `content_hash` is how its content hash begins, if the caller says so."""

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "GiveVerdict.v1"
    revision: int = Field(ge=1)
    verdict: Verdict
    comments: tuple[Comment, ...] = Field(default=(), max_length=200)
    content_hash: str = Field(default="", max_length=64)
    checklist: Checklist = {}


class RescheduleMeeting(Command):
    """Move the meeting; its length stays when `end` is left out."""

    room: ClassVar[str] = "calendar"
    name: ClassVar[str] = "RescheduleMeeting.v1"
    start: Moment
    end: Moment | None = None


class CancelMeeting(Command):
    """Call the meeting off."""

    room: ClassVar[str] = "calendar"
    name: ClassVar[str] = "CancelMeeting.v1"


MeetingNotes = Annotated[str, StringConstraints(max_length=20_000)]
"""What was said in a meeting, as Markdown."""


class EndMeeting(Command):
    """Say that the meeting is over; `notes` are kept of it, in the place of those from before."""

    room: ClassVar[str] = "calendar"
    name: ClassVar[str] = "EndMeeting.v1"
    notes: MeetingNotes = ""


class JoinMeeting(Command):
    """Put the actor on the invitation; anyone in the company may join."""

    room: ClassVar[str] = "calendar"
    name: ClassVar[str] = "JoinMeeting.v1"


class WriteMeeting(Message):
    """Calendar to itself: bring the entry on the shared calendar up to the decided state."""

    room: ClassVar[str] = "calendar"
    name: ClassVar[str] = "WriteMeeting.v1"
    sequence: int

    @classmethod
    def address(cls) -> str:
        """The routing key: a command to the room itself."""
        return f"{cls.room}.{cls.name}"


class PublishPostmortem(Command):
    """Publish the approved revision now, without waiting for the meeting.

    `approved_revision` is the one that the caller has seen approved, `approved_round` the round of its approval: the
    command may come before the approval does.
    """

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "PublishPostmortem.v1"
    approved_revision: int | None = Field(default=None, ge=1)
    approved_round: int = Field(default=0, ge=0)


class ListDeliveries(Command):
    """Ask for the delivery rows of a postmortem's publications: so many, behind a place, in one state."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "ListDeliveries.v1"
    limit: int = Field(default=5000, ge=1, le=5000)
    after: DeliveryPlace | None = None
    state: DeliveryState | None = None


class DeliverReport(Message):
    """Distribution to itself: write down one delivery row a recipient and start mailing."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "DeliverReport.v1"
    revision: int

    @classmethod
    def address(cls) -> str:
        """The routing key: a command to the room itself."""
        return f"{cls.room}.{cls.name}"


class CallWebhook(Message):
    """Gateway to itself: tell one subscriber of one fact. `facts` is what it says, as the API would show it.

    `webhook_id` follows from the fact and the subscriber, so that a repeat has the id of the original.
    """

    room: ClassVar[str] = "gateway"
    name: ClassVar[str] = "CallWebhook.v1"
    hook: Token
    webhook_id: Token
    event: Token
    said_at: Moment
    facts: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def address(cls) -> str:
        """The routing key: a command to the room itself."""
        return f"{cls.room}.{cls.name}"

    @property
    def turn(self) -> str:
        """Nobody waits for a subscriber that is slow, but for a repeat of the same call."""
        return self.webhook_id


ALL: tuple[type[Message], ...] = (
    RevisePostmortem,
    SubmitForReview,
    CorrectPostmortem,
    AddActionItem,
    ChangeActionItem,
    GiveVerdict,
    RescheduleMeeting,
    CancelMeeting,
    EndMeeting,
    JoinMeeting,
    WriteMeeting,
    PublishPostmortem,
    ListDeliveries,
    DeliverReport,
    CallWebhook,
)
