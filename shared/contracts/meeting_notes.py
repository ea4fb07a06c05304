"""The notes of a meeting: Markdown that stands beside the report, and is no part of what is approved or published."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from shared.contracts.base import BaseMessage, Message, Moment, Owner
from shared.contracts.commands import BaseCommand, Command, MeetingNotes


class TakeMeetingNotes(Command):
    """Keep these notes of the meeting, in the place of those from before; empty takes them away."""

    room: ClassVar[str] = "calendar"
    name: ClassVar[str] = "TakeMeetingNotes.v1"
    notes: MeetingNotes


class MeetingNotesTaken(Message):
    """The meeting has other notes: whole, by whom, and since when. Said by calendar; `version` counts from 1."""

    name: ClassVar[str] = "MeetingNotesTaken.v1"
    notes: MeetingNotes
    by: Owner
    at: Moment
    version: int = Field(ge=1)


EVENTS: tuple[type[BaseMessage], ...] = (MeetingNotesTaken,)
COMMANDS: tuple[type[BaseCommand], ...] = (TakeMeetingNotes,)
