"""The messages that put several incidents into one postmortem, and take them apart again.

The postmortem that an incident began with decides whether it is merged, and counts it: an odd `number` is merged, an
even one is apart. What it says to the one that takes it carries the number, so that of two words the later one counts,
whichever comes first.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from shared.contracts.base import Email, Message, Moment, PostmortemId, Token, Value
from shared.contracts.commands import Command
from shared.contracts.reported import IncidentReported


class ToldEvent(Value):
    """An incident event under the id that it was heard with."""

    id: Token
    event: IncidentReported


class MergeIncident(Command):
    """Put the incident of this postmortem into another one: from then on that one is about it, too."""

    room: ClassVar[str] = "drafting"
    name: ClassVar[str] = "MergeIncident.v1"
    into: PostmortemId


class UnmergeIncident(Command):
    """Take the incident of this postmortem out of the other one again: its own draft goes on."""

    room: ClassVar[str] = "drafting"
    name: ClassVar[str] = "UnmergeIncident.v1"
    out_of: PostmortemId


class ToItself(Message):
    """Drafting to itself, about the document of one postmortem because of another's. `merged_id` is the merged one."""

    room: ClassVar[str] = "drafting"
    number: int = Field(ge=1)

    @classmethod
    def address(cls) -> str:
        """The routing key: a command to the room itself."""
        return f"{cls.room}.{cls.name}"


class TakeIncident(ToItself):
    """Take in what was told of a merged incident: all of it, or what came since.

    `private`: its postmortem is restricted, so the one that takes it is closed, too.
    """

    name: ClassVar[str] = "TakeIncident.v1"
    merged_id: PostmortemId
    events: tuple[ToldEvent, ...] = ()
    private: bool = False


class GiveIncidentBack(ToItself):
    """Let go of what was told of an incident that is merged no more."""

    name: ClassVar[str] = "GiveIncidentBack.v1"
    merged_id: PostmortemId


class DeclineIncident(ToItself):
    """The other postmortem cannot take it, `reason` says why: the incident goes on in its own."""

    name: ClassVar[str] = "DeclineIncident.v1"
    reason: str = Field(max_length=500)


class PostmortemMerged(Message):
    """The incident's own postmortem is off: `into` is about it now. Said by drafting.

    It is about `revision` and all before it. A later revision says that the postmortem goes on by itself.
    """

    name: ClassVar[str] = "PostmortemMerged.v1"
    into: PostmortemId
    revision: int = Field(ge=1)
    merged_at: Moment
    merged_by: Email


COMMANDS: tuple[type[Message], ...] = (MergeIncident, UnmergeIncident, TakeIncident, GiveIncidentBack, DeclineIncident)
EVENTS: tuple[type[Message], ...] = (PostmortemMerged,)
