"""How the installation stands, as an operator sees it: rooms, queues, and what is parked. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

PARKINGS, RETRIES = "parking.", "afterword.retry."
"""How queues are called that hold what is parked, and what waits for another attempt."""
MOST_SHOWN = 20_000
"""Characters of a message; a report with a megabyte in it is no reading."""
CLOSING = ("restricted", "private")
"""What a snapshot of a postmortem, and what an incident tool's report, says of itself when it is not for everybody."""
HIDDEN = "It is about a restricted postmortem that does not name you, so its content is not shown."


@dataclass(frozen=True, slots=True)
class Depth:
    """A queue: how many messages nobody has taken yet, and how many processes hear it; None: it is not there."""

    queue: str
    waiting: int | None
    hearers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerState:
    """The broker: its version, and how long its queues are."""

    version: str
    depths: Sequence[Depth]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomState:
    """What one room tells of itself. `trouble` says why it tells nothing, or that it is not ready."""

    name: str
    version: str = ""
    is_ready: bool = False
    outbox: int | None = None
    oldest_s: float | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedMessage:
    """A message that no room could handle. `queue` is where it was heard, and where it goes when it is sent again."""

    queue: str
    id: str
    type: str
    subject: str
    said: datetime | None
    parked_at: datetime | None
    attempts: int
    redriven: int
    error: str
    body: str


class RoomRow(NamedTuple):
    """A room with what waits for it, and what is parked of it; None as long as the broker is away."""

    state: RoomState
    waiting: int | None
    parked: int | None
    missing: tuple[str, ...]


def rooms(states: Iterable[RoomState], broker: BrokerState | None) -> tuple[RoomRow, ...]:
    """Return what is known of each room, from itself and from the broker."""
    depths = broker.depths if broker else ()
    return tuple(
        RoomRow(
            state,
            waiting_of(broker, state.name) if broker else None,
            parked_of(broker, state.name) if broker else None,
            tuple(each.queue for each in depths if each.waiting is None and f".{state.name}." in f".{each.queue}"),
        )
        for state in states
    )


def waiting_of(broker: BrokerState, room: str) -> int:
    """Return how many messages wait until a room takes them."""
    return _total(broker.depths, f"{room}.")


def parked_of(broker: BrokerState, room: str) -> int:
    """Return how many messages of a room wait for a human."""
    return _total(broker.depths, f"{PARKINGS}{room}.")


def retrying(broker: BrokerState) -> int:
    """Return how many messages wait for another attempt."""
    return _total(broker.depths, RETRIES)


def parked(broker: BrokerState) -> tuple[Depth, ...]:
    """Return the parking queues that hold something."""
    return tuple(each for each in broker.depths if each.queue.startswith(PARKINGS) and each.waiting)


def longest(broker: BrokerState, most: int) -> tuple[Depth, ...]:
    """Return the hearers' queues in which most waits, but for the empty ones."""
    hearers = (each for each in broker.depths if not each.queue.startswith((PARKINGS, RETRIES)) and each.waiting)
    return tuple(sorted(hearers, key=lambda each: (-(each.waiting or 0), each.queue))[:most])


def _total(depths: Iterable[Depth], prefix: str) -> int:
    return sum(each.waiting or 0 for each in depths if each.queue.startswith(prefix))


def says_restricted(body: str) -> bool:
    """Say whether a message tells of itself that it is about a restricted postmortem, or a private incident."""
    try:
        told = json.loads(body)
    except ValueError:
        return False
    return isinstance(told, dict) and any(told.get(field) is True for field in CLOSING)


def covered(message: ParkedMessage) -> ParkedMessage:
    """Return a message without what it says: an error repeats parts of the content behind its name."""
    return replace(message, body=HIDDEN, error=message.error.partition(":")[0])


def shortened(message: ParkedMessage) -> ParkedMessage:
    """Return a message whose content can be read on a page."""
    if len(message.body) <= MOST_SHOWN:
        return message
    return replace(message, body=f"{message.body[:MOST_SHOWN]}\n... {len(message.body) - MOST_SHOWN} more characters")
