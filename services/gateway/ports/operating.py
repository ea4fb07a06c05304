"""What the operations page needs to know of the installation, part by part: each may be away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.gateway.domain.operating import BrokerState, ParkedMessage, RoomState


class Away(Exception):
    """A part of the installation does not answer, or refuses: says which, and what to look at."""


class Broker(Protocol):
    """The broker, looked at without taking anything."""

    async def state(self) -> BrokerState:
        """Return its version and the length of every queue. Raises: Away."""


class Parking(Protocol):
    """Messages that no room could handle. A queue is named by who hears it: `drafting.IncidentReported.v1`."""

    async def first(self, queue: str, most: int) -> Sequence[ParkedMessage]:
        """Return the first messages that are parked for a queue; they stay. Raises: Away, KeyError: no such queue."""

    async def redrive(self, queue: str, id: str | None) -> Sequence[ParkedMessage]:
        """Send one message, or all that there are now, to where it was heard; return them. Raises: Away, KeyError.

        Each is removed when its copy is confirmed: a crash in between leaves it twice, under one id.
        """

    async def drop(self, queue: str, id: str | None) -> Sequence[ParkedMessage]:
        """Remove one message, or all that there are now, for good; return them. Raises: Away, KeyError."""


class Rooms(Protocol):
    """The rooms' own word on how they are."""

    async def states(self) -> Sequence[RoomState]:
        """Return each room's state, in a fixed order; one that does not answer says so in its `trouble`."""


class DatabaseServer(Protocol):
    """The database server."""

    async def version(self) -> str:
        """Return its version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """Whatever an operator looks at. `parking`: None where the gateway has no user that may read what is parked."""

    version: str
    broker: Broker
    rooms: Rooms
    database: DatabaseServer
    parking: Parking | None = None
