"""A broker in memory: queues, waiting, parking; unsettled messages go back when their hearer is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.messaging import topology
from shared.messaging.retry import DELIVERIES

PREFETCH = 3
REPLIES = "replies"


@dataclass(slots=True, eq=False)
class Raw:
    """A message as it lies in a queue; the kernel reads these fields of the real library's message."""

    body: bytes
    headers: dict[str, Any]
    message_id: str | None
    routing_key: str
    correlation_id: str | None
    reply_to: str | None = None
    deliveries: int = 0

    @property
    def id(self) -> str:
        """The id under which the message is known to everybody."""
        return self.message_id or ""


@dataclass(slots=True)
class Broker:
    """What the broker holds. Every method is one indivisible step."""

    queues: dict[str, list[Raw]]
    random: Callable[[], float]
    waiting: list[tuple[datetime, str, Raw]] = field(default_factory=list)
    parked: list[tuple[str, Raw]] = field(default_factory=list)
    held: dict[int, tuple[object, str, Raw]] = field(default_factory=dict)
    holds: Counter[object] = field(default_factory=Counter)
    replies: dict[str, list[bytes]] = field(default_factory=dict)
    tag: int = 0

    def put(self, queue: str, raw: Raw) -> None:
        """Take a message into a queue."""
        self.queues[queue].append(raw)

    def wait(self, exchange: str, queue: str, raw: Raw, now: datetime) -> None:
        """Let a message wait for as long as the exchange's name says."""
        delay = int(exchange.rsplit(".", 1)[1])
        self.waiting.append((now + timedelta(milliseconds=delay), queue, raw))

    def park(self, queue: str, raw: Raw) -> None:
        """Keep a poison message for a human."""
        self.parked.append((queue, raw))

    def wake(self, now: datetime) -> None:
        """Put messages that have waited long enough back into their queues."""
        due = [entry for entry in self.waiting if entry[0] <= now]
        if due:
            self.waiting = [entry for entry in self.waiting if entry[0] > now]
            for _, queue, raw in due:
                raw.routing_key = queue
                self.put(queue, raw)

    def deliver(self, queue: str, hearer: object, at: int) -> tuple[int, Raw]:
        """Hand the at-th message of a queue to a hearer, who holds it until it is settled."""
        raw = self.queues[queue].pop(at)
        raw.headers = {**raw.headers, **({DELIVERIES: raw.deliveries} if raw.deliveries else {})}
        self.tag += 1
        self.held[self.tag] = (hearer, queue, raw)
        self.holds[hearer] += 1
        return self.tag, raw

    def settle(self, tag: int) -> None:
        """Forget a message that was acknowledged."""
        hearer, _, _ = self.held.pop(tag)
        self.holds[hearer] -= 1

    def give_back(self, tag: int) -> None:
        """Put an unsettled message back to the front of its queue; one that came back too often is parked."""
        hearer, queue, raw = self.held.pop(tag)
        self.holds[hearer] -= 1
        raw.deliveries += 1
        if raw.deliveries > topology.DELIVERY_LIMIT:
            self.park(queue, raw)
        else:
            self.queues[queue].insert(0, raw)

    def drop(self, hearer: object) -> None:
        """A hearer's connection is gone: give back whatever it held."""
        for tag in [tag for tag, (holder, _, _) in self.held.items() if holder is hearer]:
            self.give_back(tag)

    def left(self) -> list[str]:
        """Name every message that still lies, waits or is held somewhere."""
        return [
            *(f"{raw.id} in {queue}" for queue, raws in self.queues.items() for raw in raws),
            *(f"{raw.id} waiting for {queue}" for _, queue, raw in self.waiting),
            *(f"{raw.id} held from {queue}" for _, queue, raw in self.held.values()),
        ]
