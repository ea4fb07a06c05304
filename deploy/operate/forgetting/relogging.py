"""The log of events, written again without a person.

A stream cannot be edited. So it is kept aside as it will be, made anew and filled. Rooms rest meanwhile, but incident
tools may speak: what they say is caught in a queue of its own while no room's queue and no log may be there to hear it,
and goes to both in the end. Whatever breaks in between: run it again, nothing is lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from aio_pika.abc import AbstractConnection
from pymongo import ASCENDING
from pymongo.collection import Collection

from deploy.operate.declared import Binding, declared
from deploy.operate.forgetting.person import Forgotten
from deploy.operate.forgetting.record import Record
from deploy.operate.forgetting.waiting import without
from deploy.operate.log import end_of
from deploy.operate.pace import pace
from deploy.operate.saving import messages, restoring
from deploy.operate.saving.files import Row
from shared.messaging import topology

CAUGHT = "afterword.forgetting"
AT_ONCE = 200
DOORS = (topology.INCIDENTS, topology.EVENTS)


async def entries(connection: AbstractConnection, end: int) -> AsyncIterator[Row]:
    """Yield the log up to a place, message by message, as it is kept in a backup."""
    with pace("reading the log", end) as advance:
        async for part in messages.in_log(connection, 0, end):
            for row in part:
                yield row
            advance(len(part))


async def count(connection: AbstractConnection, person: Forgotten) -> int:
    """Return how many messages of the log tell of the person."""
    return sum([without(row, person) != row async for row in entries(connection, await end_of(connection))])


async def rewrite(connection: AbstractConnection, record: Record, person: Forgotten) -> None:
    """Let the log be what it would be if the person had always been called by their pseudonym. Raises: LocalError."""
    stash = _Stash(record.log, person)
    if not record.is_stashed():
        record.log.drop()
        record.log.create_index([("id", ASCENDING)], name="id")
        await stash.add_new(connection)
        record.stashed()
    await topology.declare(connection)  # a run before this one may have left less
    await _close_doors(connection)
    await stash.add_new(connection)
    await _made_anew(connection)
    await stash.add_caught(connection)
    await restoring.say(connection, stash.rows(), "writing the log again", record.log.estimated_document_count())
    await topology.declare(connection)
    await stash.add_new(connection)  # what was said while the rooms' queues were not bound, and so is not heard yet
    async with connection.channel() as channel:
        await channel.queue_delete(CAUGHT)


class _Stash:
    """The log as it will be, in order. What is met and not in it goes to its hearers too: they may have missed it."""

    def __init__(self, collection: Collection[Row], person: Forgotten) -> None:
        self.collection = collection
        self.person = person
        self._number = 0

    def rows(self) -> Iterator[Row]:
        """Yield its messages."""
        yield from (row["message"] for row in self.collection.find({}).sort("_id", ASCENDING))

    async def add_new(self, connection: AbstractConnection) -> None:
        """Take in what is in the log and not here."""
        is_first = self.collection.estimated_document_count() == 0
        known = set[str]() if is_first else self._ids()
        batch: list[Row] = []
        missed: list[Row] = []
        async for row in entries(connection, await end_of(connection)):
            if _id(row) not in known:
                batch.append(without(row, self.person))
                missed += [] if is_first else batch[-1:]
            if len(batch) == AT_ONCE:
                self._keep(batch)
                batch = []
        self._keep(batch)
        await self._to_hearers(connection, missed)

    async def add_caught(self, connection: AbstractConnection) -> None:
        """Take in what was said while there was no log."""
        async with connection.channel() as channel:
            queue = await channel.get_queue(CAUGHT)
            for door in DOORS:
                await queue.unbind(door, routing_key="#")
            known = self._ids()
            while message := await queue.get(no_ack=False, fail=False):
                row = without(messages.kept(message, message.exchange or "", message.routing_key or ""), self.person)
                if _id(row) not in known:
                    self._keep([row])
                    await self._to_hearers(connection, [row])
                await message.ack()

    def _ids(self) -> set[str]:
        return {row["id"] for row in self.collection.find({}, {"id": 1, "_id": 0})}

    def _keep(self, rows: list[Row]) -> None:
        if not rows:
            return
        last = self.collection.find_one({}, {"_id": 1}, sort=[("_id", -1)])
        first = last["_id"] + 1 if last else 0
        self.collection.insert_many({"_id": first + n, "id": _id(row), "message": row} for n, row in enumerate(rows))

    async def _to_hearers(self, connection: AbstractConnection, rows: list[Row]) -> None:
        """Put messages into the queues of the rooms that hear them; what was heard before is recognised."""
        heard = [
            {**row, "exchange": "", "routing_key": each.queue}
            for row in rows
            for each in _hearers()
            if (each.exchange, each.key) == (row["exchange"], row["routing_key"])
        ]
        await restoring.say(connection, iter(heard), "sending what was said meanwhile", len(heard))


def _id(row: Row) -> str:
    headers: dict[str, Any] = row["headers"]
    return f"{row['exchange']} {row['routing_key']} {headers.get('ce-id') or row['properties'].get('message_id')}"


def _hearers() -> list[Binding]:
    return [each for each in declared().bindings if each.exchange in DOORS and each.queue != topology.LOG]


async def _close_doors(connection: AbstractConnection) -> None:
    """Catch what is said from now on, and let no room hear the log when it is said again."""
    async with connection.channel() as channel:
        queue = await channel.declare_queue(CAUGHT, durable=True, arguments={"x-queue-type": "quorum"})
        for door in DOORS:
            await queue.bind(door, routing_key="#")
        for each in _hearers():
            hearer = await channel.get_queue(each.queue, ensure=False)
            await hearer.unbind(each.exchange, routing_key=each.key)


async def _made_anew(connection: AbstractConnection) -> None:
    async with connection.channel() as channel:
        await channel.queue_delete(topology.LOG)
    await restoring.only_the_log(connection)
