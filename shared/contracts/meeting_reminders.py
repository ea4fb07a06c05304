"""What calendar tells one person by mail: that a meeting comes near, and the text is to be read before it."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from shared.contracts.base import BaseMessage, Line, Message, Moment, Owner, Severity


class MeetingReminderKind(StrEnum):
    """What a reminder of a meeting is about; each has its words in distribution's notices.toml."""

    PRE_READ = "pre_read"


class MeetingReminder(Message):
    """Somebody is reminded of the meeting at `start`. Said by calendar, once for each person and start.

    `sequence` is the SEQUENCE of the entry that has this start: what is said of the meeting with a higher one is newer.
    `url` is where the postmortem is read, `join_url` where people meet. Of what is `restricted`
    a subject tells nothing.
    """

    name: ClassVar[str] = "MeetingReminder.v1"
    kind: MeetingReminderKind
    recipient: Owner
    start: Moment
    timezone: str
    sequence: int = Field(default=0, ge=0)
    title: Line
    severity: Severity
    url: str
    join_url: str
    at: Moment
    restricted: bool = False


EVENTS: tuple[type[BaseMessage], ...] = (MeetingReminder,)
