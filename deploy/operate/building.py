"""One rebuild of what people read at the gateway: out of the log, beside what they read, and then in its place.

A document takes its place when it has all that the served one has heard. What the gateway has not heard, and may have
to tell subscribers of, is not taken in: it goes the gateway's own way, through its queues.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

import aio_pika
from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage

from deploy.local.errors import LocalError
from deploy.operate.broker import Broker
from deploy.operate.log import end_of
from deploy.operate.log_parts import Entry, parts
from deploy.operate.log_process import Part, parts_beside
from deploy.operate.pace import pace
from deploy.operate.parking import nothing_seen
from deploy.operate.rebuild_mark import StillOurs
from deploy.operate.replaying import Refill, all_there
from deploy.operate.selecting import Targets, targets
from services.gateway.domain.rebuilding import KINDS, Fact, Kind
from services.gateway.handlers.rebuilding import Rebuild
from services.gateway.store.rebuilding import MongoRebuilt
from shared.clock import Clock
from shared.messaging.envelope import Unreadable, read

ROUNDS = 20
"""So often what was heard of documents meanwhile is caught up on. Each time there are fewer of them."""
ROOM = "gateway"
HEARD = targets(ROOM)
Lacking = Mapping[Kind, Mapping[str, set[str]]]
"""Facts that served documents have and built ones have not, by document."""


@dataclass
class Building:
    """One run; `subject`: of this document alone. `position`: where the log may begin to have what was not taken in."""

    broker: Broker
    connection: AbstractConnection
    rebuilt: MongoRebuilt
    rebuild: Rebuild
    clock: Clock
    still_ours: StillOurs
    subject: str | None = None
    position: int | None = None
    taken: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, str] = field(default_factory=dict)

    async def build(self) -> None:
        """Build all documents beside the served ones.

        Raises: LocalError when the log does not have what is in a served one.
        """
        end = await end_of(self.connection)
        with pace("reading the log", end) as advance:
            async with aclosing(parts_beside(self.broker, 0, end)) as coming:
                async for part in coming:
                    self.still_ours()
                    await self._take(part)
                    advance(len(part))
        self.position = end if self.position is None else self.position
        await self.rebuild.flush()
        lacking = await self._lacking(dict.fromkeys(KINDS, self._all))
        refuse_loss(await self._catch_up(lacking), await self.rebuilt.count())

    async def put_in_place(self) -> int:
        """Let all built documents take their places; return how many stay as they were.

        Those have heard what the log does not have, or hear more faster than we read.
        """
        keys: Mapping[Kind, Collection[str] | None] = dict.fromkeys(KINDS, self._all)
        lacking: Lacking = {}
        with pace("putting in place", await self.count()) as advance:
            for _ in range(ROUNDS):
                for kind in KINDS:
                    async for n in self.rebuilt.scratch[kind].put_in_place(keys[kind]):
                        self.still_ours()
                        advance(n)
                keys = lacking = await self._lacking(keys)
                if not any(lacking.values()):
                    return 0
                await self._catch_up(lacking)
        return sum(map(len, lacking.values()))

    async def count(self) -> int:
        """Return how many documents were built."""
        return sum([await each.count() for each in self.rebuilt.scratch.values()])

    async def send_unheard(self) -> Counter[str]:
        """Give the gateway what was not taken in and it has still not heard; return how many of each name.

        What is on its way to it comes twice then, and is recognised.

        Raises: LocalError when there is no queue, or nobody takes what is sent.
        """
        async with self.connection.channel(on_return_raises=True) as channel:
            refill = Refill(channel, nothing_seen)
            async for part in self._rest():
                entries = [Entry.of(message) for message in part]
                facts = dict(self._facts(entries))
                unheard = await self.rebuild.unheard(list(facts.values()))
                for entry, message in zip(entries, part, strict=True):
                    fact = facts.get(entry.place)
                    if fact and fact.id in unheard:
                        await self._send(refill, message)
            await refill.flush()
        return refill.done

    async def _send(self, refill: Refill, delivered: DeliveredMessage) -> None:
        message = aio_pika.IncomingMessage(delivered, no_ack=True)
        queue = HEARD[message.exchange or "", message.routing_key or ""]
        if not refill.done and not refill.batch:
            await all_there(self.connection, {queue})
        await refill.take(message, queue)

    @property
    def _all(self) -> Collection[str] | None:
        return None if self.subject is None else {self.subject}

    async def _rest(self) -> AsyncIterator[Sequence[DeliveredMessage]]:
        """Yield what stands in the log from where it may begin to have what was not taken in."""
        async for part in parts(self.connection, self.position or 0, await end_of(self.connection)):
            self.still_ours()
            yield part

    async def _take(self, part: Part) -> None:
        facts = dict(self._facts(part))
        unheard = await self.rebuild.unheard(list(facts.values()))
        if unheard and self.position is None:
            self.position = next(place for place, fact in facts.items() if fact.id in unheard)
        taken = [fact for fact in facts.values() if fact.id not in unheard]
        await self.rebuild.take(taken)
        self.taken.update(fact.data.name for fact in taken)

    def _facts(self, part: Part) -> Iterator[tuple[int, Fact]]:
        """Yield what the gateway hears of this, each with its place in the log."""
        now = self.clock.now()
        for entry in part:
            try:
                fact = fact_of(entry, HEARD, now)
            except Unreadable as error:
                self.left_out[entry.id] = str(error)
                continue
            if fact and self.subject in (None, fact.key):
                yield entry.place, fact

    async def _lacking(self, keys: Mapping[Kind, Collection[str] | None]) -> Lacking:
        return {kind: await self.rebuilt.scratch[kind].lacking(keys[kind]) for kind in KINDS}

    async def _catch_up(self, lacking: Lacking) -> Lacking:
        """Take in what the gateway has heard meanwhile; return what the log does not have."""
        wanted = {id for each in lacking.values() for ids in each.values() for id in ids}
        if not wanted:
            return {}
        async for part in self._rest():
            entries = (Entry.of(message) for message in part)
            facts = [fact for _, fact in self._facts([entry for entry in entries if entry.id in wanted])]
            await self.rebuild.take(facts)
            self.taken.update(fact.data.name for fact in facts)
            wanted -= {fact.id for fact in facts}
        await self.rebuild.flush()
        left = {
            kind: {key: ids & wanted for key, ids in each.items() if ids & wanted} for kind, each in lacking.items()
        }
        return {kind: each for kind, each in left.items() if each}


def fact_of(entry: Entry, places: Targets, now: datetime) -> Fact | None:
    """Return what an entry of the log tells, or None when it does not go to these places.

    Raises: Unreadable.
    """
    if (entry.exchange, entry.name) not in places:
        return None
    received = read(entry.body, entry.headers, message_id=entry.message_id, routing_key=entry.name)
    return Fact(id=received.id, at=received.time or now, data=received.data, size=len(entry.body))


def refuse_loss(lost: Lacking, served: int) -> None:
    """Let nothing be replaced by what has less: the log lacks facts that these documents have.

    Raises: LocalError that names one.
    """
    documents = {key: len(ids) for each in lost.values() for key, ids in each.items()}
    if documents:
        msg = (
            f"the log lacks {sum(documents.values())} facts about {len(documents)} of {served} postmortems"
            f" ({next(iter(documents))}), which would be lost: it was made anew, or was down when they were said."
            " Nothing was changed. What the log has whole can be rebuilt one by one with --subject"
        )
        raise LocalError(msg)
