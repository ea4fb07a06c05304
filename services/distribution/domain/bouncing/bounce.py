"""One returned mail, and how many of them are too many: values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import BaseMessage, Email, Owner
from shared.contracts.bounces import BounceKind, Status, address_id


class Bounce(BaseModel):
    """That the mail of one delivery came back, why, and when that was heard of."""

    model_config = ConfigDict(frozen=True)

    delivery: str
    kind: BounceKind
    status: Status
    reply: str
    at: datetime


class BounceHeard(BaseMessage):
    """A returned mail, as a message to ourselves. Never on the wire.

    `list` named the person; `arrived_at` is when the newest mail to this address was handed over that has had time to
    come back and did not.
    """

    name: ClassVar[str] = "BounceHeard.v1"
    email: Email
    list: str
    bounce: Bounce
    arrived_at: datetime | None = None

    @property
    def subject(self) -> str:
        """The address."""
        return address_id(self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceTerms:
    """How many returned mails of a kind within which time are too many (0: never), and who is told if not an owner.

    A mail that did not come back within `quiet` has arrived.
    """

    hard: int = 2
    soft: int = 10
    within: timedelta = timedelta(days=30)
    quiet: timedelta = timedelta(days=6)
    admins: tuple[Owner, ...] = ()

    def limit(self, kind: BounceKind) -> int:
        """Return how many of a kind are too many; 0 when no number is."""
        return {BounceKind.HARD: self.hard, BounceKind.SOFT: self.soft}.get(kind, 0)
