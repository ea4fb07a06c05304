"""The messages about addresses from which mail comes back: that no more goes there, and that it does again."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from shared.contracts.base import BaseMessage, Email, Moment, derived_id
from shared.contracts.commands import BaseCommand

MOST_SHOWN = 200


class BounceKind(StrEnum):
    """What a returned mail says: there is no such mailbox, it takes none at present, or this one mail is refused."""

    HARD = "hard"
    SOFT = "soft"
    REFUSED = "refused"


Status = Annotated[str, StringConstraints(pattern=r"^[245]\.\d{1,3}\.\d{1,3}$")]
"""An enhanced status code (RFC 3463)."""


def address_id(email: str) -> str:
    """The id under which an address is known; it cannot be read out of it."""
    return derived_id("address", email.lower())


class AddressSuppressed(BaseMessage):
    """No more mail goes to an address: what was sent there came back. Said by distribution.

    `kind`, `status` and `reply` are those of the mail that was the last straw, `bounces` counts those of its kind that
    made it so, and `list` named the person (empty for a notice). Of what was in the mails nothing is said.
    """

    name: ClassVar[str] = "AddressSuppressed.v1"
    email: Email
    kind: BounceKind
    status: Status
    reply: str = Field(default="", max_length=500)
    bounces: int = Field(ge=1)
    list: str = Field(default="", max_length=200)
    at: Moment

    @property
    def subject(self) -> str:
        """The address."""
        return address_id(self.email)


class AddressReleased(BaseMessage):
    """Mail goes to an address again: an admin (`by`) has said so. Said by distribution."""

    name: ClassVar[str] = "AddressReleased.v1"
    email: Email
    by: Email
    at: Moment

    @property
    def subject(self) -> str:
        """The address."""
        return address_id(self.email)


class ListSuppressions(BaseCommand):
    """Ask for the addresses that get no mail, by address, those after `after`."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "ListSuppressions.v1"
    after: str = Field(default="", max_length=254)
    limit: int = Field(default=50, ge=1, le=MOST_SHOWN)

    @property
    def subject(self) -> str:
        """All of them."""
        return derived_id("addresses")


class LiftSuppression(BaseCommand):
    """Let mail go to an address again."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "LiftSuppression.v1"
    email: Email

    @property
    def subject(self) -> str:
        """The address."""
        return address_id(self.email)


COMMANDS: tuple[type[BaseMessage], ...] = (ListSuppressions, LiftSuppression)
EVENTS: tuple[type[BaseMessage], ...] = (AddressSuppressed, AddressReleased)
