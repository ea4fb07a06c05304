"""What one person is told by mail of a meeting that they go to, and how they stay away from it again."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from shared.contracts.base import BaseMessage, Line, Message, Moment, Owner, Severity, Token, Url
from shared.contracts.commands import BaseCommand, Command


class LeaveMeeting(Command):
    """Take the actor off the invitation, for good; who is needed there stays on it."""

    room: ClassVar[str] = "calendar"
    name: ClassVar[str] = "LeaveMeeting.v1"


class MeetingNoticeKind(StrEnum):
    """What a notice of a meeting is about; each has its words in distribution's notices.toml, after `meeting_`."""

    INVITATION = "invitation"
    MOVED = "moved"
    CANCELLED = "cancelled"


class MeetingNotice(Message):
    """One person gets a meeting into their own calendar, or out of it. Said by calendar, once a person and change.

    `uid` and `sequence` are those of the entry on the shared calendar, `timezone` is the organisation's. `at` tells
    which of two with the same sequence is newer. `tentative`: its time is not settled yet; `required`: they are needed;
    `left`: of what is cancelled for them, that the meeting itself takes place. Of what is `restricted` a subject tells
    nothing, nor does the entry.
    """

    name: ClassVar[str] = "MeetingNotice.v1"
    kind: MeetingNoticeKind
    recipient: Owner
    uid: Token
    sequence: int = Field(ge=0)
    start: Moment
    end: Moment
    timezone: str
    title: Line
    severity: Severity
    url: Url
    join_url: Url
    organizer: Owner
    at: Moment
    tentative: bool = False
    required: bool = False
    left: bool = False
    restricted: bool = False


EVENTS: tuple[type[BaseMessage], ...] = (MeetingNotice,)
COMMANDS: tuple[type[BaseCommand], ...] = (LeaveMeeting,)
