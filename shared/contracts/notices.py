"""What one person is told by mail: that a postmortem is theirs, and what of it is due.

Drafting says who is to know what; distribution writes the mail. A notice goes to one address and is never news for a
list, so that it needs no consent and has no unsubscribe link.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from shared.contracts.action_items import ActionItem
from shared.contracts.base import Line, Message, Moment, Owner, Severity


class OwnerReason(StrEnum):
    """Why somebody owns a postmortem (guide: exactly one named owner, told directly)."""

    CHOSEN = "chosen"
    COMMANDER = "commander"
    RESPONDER = "responder"
    SERVICE_OWNER = "service_owner"
    DEFAULT = "default"
    HANDED_OVER = "handed_over"


class OwnerAssigned(Message):
    """The postmortem is somebody's from now on. Said by drafting, with the draft and whenever the owner changes.

    `assigned_by` is the address of who did it, or `afterword` for the policy; `previous` had it until now. Of what is
    `restricted` a subject tells nothing.
    """

    name: ClassVar[str] = "OwnerAssigned.v1"
    owner: Owner
    previous: Owner | None = None
    reason: OwnerReason
    assigned_by: str
    assigned_at: Moment
    title: Line
    severity: Severity
    deadline: Moment
    restricted: bool = False


class ReminderKind(StrEnum):
    """What a reminder is about."""

    DRAFT_DUE = "draft_due"
    DRAFT_LATE = "draft_late"
    ITEM_DUE = "item_due"
    ITEM_LATE = "item_late"


class ReminderDue(Message):
    """Somebody is to be reminded. Said by drafting, once for each person and step.

    `step` counts the reminders of one matter from 1; `due` is until when it was or is to be done; `item` only where the
    reminder is about an action item.
    """

    name: ClassVar[str] = "ReminderDue.v1"
    kind: ReminderKind
    recipient: Owner
    step: int = Field(ge=1)
    due: Moment
    title: Line
    severity: Severity
    item: ActionItem | None = None
    at: Moment
    restricted: bool = False


EVENTS: tuple[type[Message], ...] = (OwnerAssigned, ReminderDue)
