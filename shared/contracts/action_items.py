"""The value of an action item: what is to be done after an incident, by whom and until when."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.contracts.base import NOT_BLANK, Email, Moment, Owner, Url, Value

ItemId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), NOT_BLANK]


class Priority(StrEnum):
    """How much it matters; p0 comes first."""

    P0 = "p0"
    P1 = "p1"
    P2 = "p2"
    P3 = "p3"


class ItemKind(StrEnum):
    """What it is to change: that it happens at all, how soon it is noticed, how much it hurts, how people work."""

    PREVENT = "prevent"
    DETECT = "detect"
    MITIGATE = "mitigate"
    PROCESS = "process"


class ItemState(StrEnum):
    """Where the work stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    WONT_DO = "wont_do"


def _is_empty(found: tuple[object, ...]) -> bool:
    return not found


class Advice(Value):
    """What may be missing in an item's text, by which rule, and what to do about it. It blocks nothing."""

    rule: str
    reason: str
    hint: str


class ActionItem(Value):
    """One piece of work. `version` counts its changes from 1; `reason` says why it will not be done.

    `advice` is about the text as it stands; on the wire it is left out where there is none.
    """

    id: ItemId
    version: int = Field(ge=1)
    text: Words
    owner: Owner
    priority: Priority
    kind: ItemKind
    due: Moment
    state: ItemState
    reason: Words | None = None
    tracker_url: Url | None = None
    created_at: Moment
    created_by: Email
    updated_at: Moment
    done_at: Moment | None = None
    advice: tuple[Advice, ...] = Field(default=(), exclude_if=_is_empty)
