"""The messages about the way of mail: that the relay refuses us, that it takes mail again, and where mails stand."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.base import BaseMessage, Email, Moment, Value, derived_id

DeliveryState = Literal["pending", "sending", "accepted", "failed", "unknown", "suppressed"]
"""Where one mail stands."""
RELAY = derived_id("relay")
"""The id under which the way to the relay is known: there is one."""


class DeliveryPlace(Value):
    """Where a list of deliveries goes on: behind this revision's mail to this person."""

    revision: int = Field(ge=1)
    recipient: Email


class DeliveryStopped(BaseMessage):
    """The relay refuses us, not a recipient: all mail waits until it takes mail again. Said by distribution, once.

    `reply` is the relay's, or what is wrong with the connection to it.
    """

    name: ClassVar[str] = "DeliveryStopped.v1"
    since: Moment
    reply: Annotated[str, Field(max_length=500)]

    @property
    def subject(self) -> str:
        """The way to the relay."""
        return RELAY


class DeliveryResumed(BaseMessage):
    """The relay takes mail again, which it refused `since` then. Said by distribution."""

    name: ClassVar[str] = "DeliveryResumed.v1"
    since: Moment
    resumed_at: Moment

    @property
    def subject(self) -> str:
        """The way to the relay."""
        return RELAY


EVENTS: tuple[type[BaseMessage], ...] = (DeliveryStopped, DeliveryResumed)
