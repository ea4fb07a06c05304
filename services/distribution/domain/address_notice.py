"""That mail to an address ended, as somebody is told it: nothing of what was in the mails. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from shared.contracts.base import Email, Message, Owner
from shared.contracts.bounces import BounceKind


class AddressNoticeKind(StrEnum):
    """What is told of an address."""

    ADDRESS_SUPPRESSED = "address_suppressed"


class AddressNotice(Message):
    """Mail to `email`, whom `list` named, came back `bounces` times, and no more goes there; `reply` is why.

    `postmortem_id` is what the mail that came back last was about. Neither its title nor its text is told: who keeps a
    list need not be allowed to see it. Never on the wire.
    """

    name: ClassVar[str] = "AddressNotice.v1"
    restricted: ClassVar[bool] = False
    kind: AddressNoticeKind = AddressNoticeKind.ADDRESS_SUPPRESSED
    recipient: Owner
    email: Email
    list: str
    cause: BounceKind
    status: str
    reply: str
    bounces: int
    at: datetime

    @property
    def title(self) -> str:
        """Return what stands in the subject."""
        return self.email
