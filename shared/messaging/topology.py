"""Every exchange and queue, once. `HEARS` says which room hears what; all else follows from it.

Declared on a channel of our own before the broker starts: the framework's declarer would hand the
consumers' queues to its default channel, which has no prefetch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import chain
from zlib import crc32

import structlog
from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import ChannelNotFoundEntity

from shared.contracts import COMMANDS

log = structlog.get_logger(__name__)

EVENTS = "afterword.events"
COMMANDS_EXCHANGE = "afterword.commands"
INCIDENTS = "afterword.incidents"
PARKING = "afterword.parking"
REPLIES = "afterword.replies"
LOG = "afterword.log"

RETRY_MS = (500, 2_000, 10_000, 60_000, 300_000)
"""Waiting times between attempts; the last one repeats until `MAX_ATTEMPTS` (about 4 hours in all)."""
SPREAD = (0.8, 1.0, 1.2)
"""Jitter: each waiting time has a queue a factor, so that what failed together does not come back together.

A time of its own for each message would not do: a queue lets go of what is at its head, and of nothing behind it.
"""
MAX_ATTEMPTS = 52
DELIVERY_LIMIT = 20
"""Crash protection only: a message that kills its hearer this often is dead-lettered to parking."""
AT_ONCE = 4
"""So many queues are declared at a time; with more of them the broker does not answer sooner."""
Declare = Callable[[AbstractChannel], Awaitable[None]]

HEARS: dict[str, tuple[str, ...]] = {
    "drafting": (
        "IncidentReported.v1",
        "ReviewersAssigned.v1",
        "ChangesRequested.v1",
        "ReviewApproved.v1",
        "ApprovalWithdrawn.v1",
        "Published.v1",
    ),
    "review": (
        "DraftCreated.v1",
        "DraftRevised.v1",
        "AccessChanged.v1",
        "PostmortemSkipped.v1",
        "PostmortemRequired.v1",
        "CorrectionWithdrawn.v1",
        "ReviewRequested.v1",
        "Published.v1",
        "PostmortemMerged.v1",
        "MeetingScheduled.v1",
        "MeetingRescheduled.v1",
        "MeetingCancelled.v1",
    ),
    "calendar": (
        "DraftCreated.v1",
        "DraftRevised.v1",
        "AccessChanged.v1",
        "PostmortemSkipped.v1",
        "PostmortemRequired.v1",
        "ReviewRequested.v1",
        "ReviewersAssigned.v1",
        "ReviewApproved.v1",
        "PostmortemMerged.v1",
    ),
    "distribution": (
        "DraftRevised.v1",
        "AccessChanged.v1",
        "PostmortemSkipped.v1",
        "PostmortemRequired.v1",
        "CorrectionWithdrawn.v1",
        "ReviewApproved.v1",
        "ApprovalWithdrawn.v1",
        "MeetingEnded.v1",
        "OwnerAssigned.v1",
        "ReminderDue.v1",
        "PostmortemMerged.v1",
        "ReviewersAssigned.v1",
        "ReviewNotice.v1",
        "MeetingNotice.v1",
        "MeetingReminder.v1",
        "MeetingScheduled.v1",
        "MeetingRescheduled.v1",
        "MeetingCancelled.v1",
        "ActionItemAdded.v1",
        "ActionItemChanged.v1",
    ),
    "gateway": (
        "DraftCreated.v1",
        "DraftRevised.v1",
        "AccessChanged.v1",
        "PostmortemSkipped.v1",
        "PostmortemRequired.v1",
        "CorrectionWithdrawn.v1",
        "TimelineExtended.v1",
        "ActionItemAdded.v1",
        "ActionItemChanged.v1",
        "ReviewRequested.v1",
        "ReviewersAssigned.v1",
        "ReviewCommented.v1",
        "RevisionChecked.v1",
        "ChangesRequested.v1",
        "ApprovalGiven.v1",
        "ReviewApproved.v1",
        "ApprovalWithdrawn.v1",
        "ThreadChanged.v1",
        "MeetingScheduled.v1",
        "MeetingRescheduled.v1",
        "MeetingCancelled.v1",
        "MeetingEnded.v1",
        "MeetingNotesTaken.v1",
        "Published.v1",
        "DeliveryCompleted.v1",
        "PostmortemClosed.v1",
        "ReviewerChanged.v1",
        "ListChanged.v1",
        "PostmortemMerged.v1",
        "ReviewersWanted.v1",
        "PostmortemImported.v1",
    ),
}

OUTSIDE = frozenset({"AddressSuppressed.v1", "AddressReleased.v1", "DeliveryStopped.v1", "DeliveryResumed.v1"})
"""Events that no room hears: the log keeps them, and whoever watches over the mail may bind a queue of their own."""


def exchange_of(name: str) -> str:
    """Return the exchange that a message of this routing key is said to."""
    if name == "IncidentReported.v1":
        return INCIDENTS
    return COMMANDS_EXCHANGE if name in COMMANDS else EVENTS


def queue_of(room: str, name: str) -> str:
    """Return the queue in which a room hears a message; a command's address is its queue."""
    return name if name in COMMANDS else f"{room}.{name}"


def bindings(room: str) -> list[tuple[str, str, str]]:
    """Return `(queue, exchange, routing key)` of everything that a room hears, commands included."""
    commands = [name for name in COMMANDS if name.startswith(f"{room}.")]
    return [(queue_of(room, name), exchange_of(name), name) for name in (*HEARS[room], *commands)]


def parking_of(queue: str) -> str:
    """Return the queue where a hearer's poison messages are parked."""
    return f"parking.{queue}"


def waiting_times() -> tuple[int, ...]:
    """Return every time that a message may wait, in milliseconds, each with an exchange and a queue of its own."""
    return tuple(round(delay * factor) for delay in RETRY_MS for factor in SPREAD)


def waiting(delay: int) -> str:
    """Return the name of the exchange, and of the queue, in which messages wait for so many milliseconds."""
    return f"afterword.retry.{delay}"


def retry_exchange(attempt: int, id: str) -> str:
    """Return the waiting exchange for a message's n-th attempt (from 1); which of a step's follows from both."""
    step = min(attempt, len(RETRY_MS)) - 1
    return waiting(waiting_times()[step * len(SPREAD) + crc32(f"{id} {attempt}".encode()) % len(SPREAD)])


def queue_arguments(queue: str) -> dict[str, str | int]:
    """Return the arguments of a hearer's queue; at-least-once dead-lettering needs reject-publish."""
    return {
        "x-queue-type": "quorum",
        "x-overflow": "reject-publish",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": PARKING,
        "x-dead-letter-routing-key": queue,
        "x-dead-letter-strategy": "at-least-once",
    }


async def declare(connection: AbstractConnection, first: str = "") -> None:
    """Declare every exchange and queue of every room, those of the room `first` before the others'; safe to repeat.

    All rooms' queues are declared by whichever room starts first, so that a fact is kept for a room
    that has not started yet. Rooms that start together each begin with their own, and so share the work: what is
    there already costs next to nothing. Raises aio_pika's ChannelPreconditionFailed when a name exists with
    other settings.
    """
    async with connection.channel() as channel:
        for name in (EVENTS, COMMANDS_EXCHANGE, INCIDENTS, PARKING, REPLIES):
            await channel.declare_exchange(name, ExchangeType.TOPIC, durable=True)
    rooms = sorted(HEARS, key=lambda room: room != first)
    left = chain(
        (partial(_declare_waiting, delay=delay) for delay in waiting_times()),
        (partial(_declare_hearer, of=each) for room in rooms for each in bindings(room)),
    )
    await asyncio.gather(*(_declare_some(connection, left) for _ in range(AT_ONCE)))
    await _declare_log(connection)


async def _declare_some(connection: AbstractConnection, left: Iterator[Declare]) -> None:
    """Declare what is next of what is left, until nothing is; on a channel of its own, which does one at a time."""
    async with connection.channel() as channel:
        for declare_one in left:
            await declare_one(channel)


async def _declare_log(connection: AbstractConnection) -> None:
    """The stream that keeps every fact, so that a projection can be rebuilt.

    A stream whose node lost it (a killed RabbitMQ 3.10 may) is reported and does not stop the rooms: what
    they do does not rest on it.
    """
    try:
        async with connection.channel() as channel:
            stream = await channel.declare_queue(LOG, durable=True, arguments={"x-queue-type": "stream"})
            for exchange in (EVENTS, INCIDENTS):
                await stream.bind(exchange, routing_key="#")
    except ChannelNotFoundEntity as error:
        log.warning("the log of events is down: delete its queue and restart a room", queue=LOG, error=str(error))


async def _declare_waiting(channel: AbstractChannel, delay: int) -> None:
    """The waiting queue of a delay: messages leave it for the queue that their routing key names."""
    name = waiting(delay)
    exchange = await channel.declare_exchange(name, ExchangeType.TOPIC, durable=True)
    queue = await channel.declare_queue(
        name,
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-overflow": "reject-publish",
            "x-message-ttl": delay,
            "x-dead-letter-exchange": "",
            "x-dead-letter-strategy": "at-least-once",
        },
    )
    await queue.bind(exchange, routing_key="#")


async def _declare_hearer(channel: AbstractChannel, of: tuple[str, str, str]) -> None:
    queue, exchange, key = of
    hearer = await channel.declare_queue(queue, durable=True, arguments=dict(queue_arguments(queue)))
    await hearer.bind(exchange, routing_key=key)
    parking = await channel.declare_queue(
        parking_of(queue), durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 1_000_000}
    )
    await parking.bind(PARKING, routing_key=queue)
