"""The installation as an operator sees it, in memory; each part can be away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.gateway.domain.operating import BrokerState, Depth, ParkedMessage, RoomState
from services.gateway.ports.operating import Away, Operating
from tests.helpers.builders import NOW, PM

ROOMS = ("drafting", "review", "calendar", "distribution", "gateway")
QUEUE = "drafting.IncidentReported.v1"


def a_parked(**fields: Any) -> ParkedMessage:
    """Build a parked message."""
    given: dict[str, Any] = {
        "queue": QUEUE,
        "id": "INC-42-1",
        "type": "IncidentReported.v1",
        "subject": PM,
        "said": NOW,
        "parked_at": NOW,
        "attempts": 4,
        "redriven": 0,
        "error": "Unreadable: severity: 'urgent' is none of sev1, sev2",
        "body": '{\n  "severity": "urgent"\n}',
    }
    return ParkedMessage(**given | fields)


@dataclass
class FakeOperating:
    """All parts of an installation; `away` are the names of those that do not answer."""

    messages: list[ParkedMessage] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    depths: list[Depth] = field(default_factory=list)
    rooms: list[RoomState] = field(
        default_factory=lambda: [
            RoomState(name=name, version="1.0", is_ready=True, outbox=0, oldest_s=0.0) for name in ROOMS
        ]
    )

    def whole(self, may_read: bool = True) -> Operating:
        """Return it as the page takes it; without a user that may read what is parked, if that is wanted."""
        return Operating(version="1.0", broker=self, rooms=self, database=self, parking=self if may_read else None)

    async def state(self) -> BrokerState:
        self._is_there("broker")
        queues = {message.queue: 0 for message in self.messages}
        parked = [Depth(f"parking.{name}", sum(each.queue == name for each in self.messages)) for name in queues]
        return BrokerState(version="4.0.5", depths=[*self.depths, *parked])

    async def states(self) -> Sequence[RoomState]:
        return self.rooms

    async def version(self) -> str:
        self._is_there("database")
        return "7.0.14"

    async def first(self, queue: str, most: int) -> Sequence[ParkedMessage]:
        self._is_there("parking")
        return self._of(queue, None)[:most]

    async def redrive(self, queue: str, id: str | None) -> Sequence[ParkedMessage]:
        return await self.drop(queue, id)

    async def drop(self, queue: str, id: str | None) -> Sequence[ParkedMessage]:
        self._is_there("parking")
        done = self._of(queue, id)
        self.messages = [each for each in self.messages if each not in done]
        return done

    def _of(self, queue: str, id: str | None) -> list[ParkedMessage]:
        if not queue.endswith(".v1"):
            raise KeyError(queue)
        return [each for each in self.messages if each.queue == queue and id in (None, each.id)]

    def _is_there(self, part: str) -> None:
        if part in self.away:
            raise Away(f"The {part} does not answer.")
