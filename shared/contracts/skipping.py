"""The messages about which incidents get a postmortem: one is skipped, or asked for after all, always with a reason."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import StringConstraints

from shared.contracts.base import NOT_BLANK, BaseMessage, Moment
from shared.contracts.commands import BaseCommand, Command
from shared.contracts.events import Snapshot

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), NOT_BLANK]
POLICY = "afterword"
"""Who did what the policy wants: stands where else the address of a person does."""


class SkipPostmortem(Command):
    """Say that an incident needs no postmortem, and why."""

    room: ClassVar[str] = "drafting"
    name: ClassVar[str] = "SkipPostmortem.v1"
    reason: Reason


class RequirePostmortem(Command):
    """Ask for a postmortem that was skipped, by the policy or by a person, and say why."""

    room: ClassVar[str] = "drafting"
    name: ClassVar[str] = "RequirePostmortem.v1"
    reason: Reason


class PostmortemSkipped(Snapshot):
    """There will be no postmortem. Said by drafting: its meeting and its review end, what is known of it stays.

    `skipped_by` is the address of who decided so, or `afterword` for the policy; then nobody ever had a draft of it.
    """

    name: ClassVar[str] = "PostmortemSkipped.v1"
    reason: Reason
    skipped_by: str
    skipped_at: Moment


class PostmortemRequired(Snapshot):
    """What was skipped is wanted after all, as a draft with a new revision. Said by drafting."""

    name: ClassVar[str] = "PostmortemRequired.v1"
    reason: Reason
    required_by: str
    required_at: Moment


EVENTS: tuple[type[BaseMessage], ...] = (PostmortemSkipped, PostmortemRequired)
COMMANDS: tuple[type[BaseCommand], ...] = (SkipPostmortem, RequirePostmortem)
