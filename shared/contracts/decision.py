"""What a decision is: the new state, the facts that follow, the answer, and when to look again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import Field

from shared.contracts.base import BaseMessage, Value

S = TypeVar("S")


class Kind(StrEnum):
    """Why a command was refused; the gateway turns each into one HTTP status."""

    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    STALE = "stale"


class Refusal(Value):
    """A refused command: the rule that it breaks, in words that say what to do instead."""

    kind: Kind
    rule: str
    detail: str
    field: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)


UNKNOWN_POSTMORTEM = Refusal(kind=Kind.NOT_FOUND, rule="unknown-postmortem", detail="There is no such postmortem.")
"""What somebody is told who may not see that there is one: the very words for one that does not exist."""


class Reply(Value):
    """The answer to a command. `said` holds the facts that it caused: id -> wire name."""

    refusal: Refusal | None = None
    data: dict[str, Any] = Field(default_factory=dict)
    said: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Generic[S]):
    """The result of a pure decision; `due` (UTC) is when the room wants to look at the state again."""

    state: S
    events: tuple[BaseMessage, ...] = ()
    reply: Reply | None = None
    due: datetime | None = None


def refuse(state: S, kind: Kind, rule: str, detail: str, field: str | None = None, **data: Any) -> Decision[S]:
    """Refuse a command: the state stays as it was, nothing is said."""
    refusal = Refusal(kind=kind, rule=rule, detail=detail, field=field, data=data)
    return Decision(state=state, reply=Reply(refusal=refusal))
