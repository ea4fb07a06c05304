"""Building what people read at the gateway again: which library, one run, and what is said of it."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from deploy.local import stack
from deploy.local.errors import LocalError
from deploy.operate.broker import RABBITMQ, Broker, connected, setting
from deploy.operate.building import ROOM, Building
from deploy.operate.rebuild_mark import only_one
from deploy.operate.room_databases import DATABASE, MONGO, opened
from services.gateway.domain.history import Revision
from services.gateway.handlers.rebuilding import Rebuild
from services.gateway.store.rebuilding import MongoRebuilt
from shared.clock import SystemClock, new_id


@dataclass(frozen=True)
class Done:
    """What a run did: how many documents it built, of which events, and what was special about it."""

    documents: int
    taken: Counter[str]
    seconds: float
    sent: Counter[str]
    left: int
    left_out: dict[str, str]

    def __str__(self) -> str:
        n = self.taken.total()
        pace = f"{self.seconds:,.1f} s, {n / max(self.seconds, 0.001):,.0f}/s"
        return f"built: {self.documents:,} postmortems, reviewers and lists out of {n:,} events ({pace})"

    def odd(self) -> Iterator[str]:
        """Yield what whoever ran it should know."""
        if self.sent:
            yield (
                f"the gateway had not heard {self.sent.total()} events of the last days: they were put into its queues,"
                " so that subscribers are told of them"
            )
        if self.left:
            yield f"{self.left} documents were heard of all the while and may be as they were: run this again"
        for id, why in list(self.left_out.items())[:MOST_SHOWN]:
            yield f"left out, as the gateway does: {id}: {why}"
        if len(self.left_out) > MOST_SHOWN:
            yield f"... and {len(self.left_out) - MOST_SHOWN} more"


MOST_SHOWN = 5
COLLECTIONS = (100_000, 20, 100)


class _Nowhere:
    """Where revisions go when nothing is to be changed."""

    async def keep_all(self, revisions: Sequence[Revision]) -> None:
        """Keep nothing."""


@asynccontextmanager
async def library(room: str) -> AsyncIterator[MongoRebuilt]:
    """Give the library of the database that the environment names, else of the stack that runs here.

    Raises: LocalError when the room has none or there is none, and for whatever the database refuses.
    """
    refuse_others(room)
    async with opened(_url()) as database_of:
        yield MongoRebuilt(database_of(room), new_id())


async def run(broker: Broker, rebuilt: MongoRebuilt, subject: str | None = None, *, dry_run: bool = False) -> Done:
    """Build everything, or this document, out of the log, and put it in its place unless this is a dry run.

    Whatever it is interrupted by, people read whole documents: as they were, or as they were built. Safe to repeat.

    Raises: LocalError when another run has begun, the broker is not there, or the log does not have what is in the
    library.
    """
    with _rare_collections():
        return await _run(broker, rebuilt, subject, dry_run=dry_run)


async def _run(broker: Broker, rebuilt: MongoRebuilt, subject: str | None, *, dry_run: bool) -> Done:
    clock = SystemClock()
    began = clock.now()
    async with connected(broker) as connection, only_one(rebuilt, clock) as still_ours:
        rebuild = Rebuild(rebuilt.scratch, _Nowhere() if dry_run else rebuilt.shelves, clock)
        building = Building(broker, connection, rebuilt, rebuild, clock, still_ours, subject)
        await building.build()
        documents = await building.count()
        left = 0 if dry_run else await building.put_in_place()
        sent = Counter[str]() if dry_run else await building.send_unheard()
    return Done(
        documents=documents,
        taken=building.taken,
        seconds=(clock.now() - began).total_seconds(),
        sent=sent,
        left=left,
        left_out={**building.left_out, **rebuild.failed},
    )


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let garbage be collected rarely in the block.

    Documents under way are thousands of objects each that stay for long. To look through all of them as often as Python
    does by itself took half of the time.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def refuse_others(room: str) -> None:
    """Let nobody rebuild what cannot be. Raises: LocalError."""
    if room != ROOM:
        msg = (
            f"{room} cannot be rebuilt: its documents hold what it decided, did and still has to say, and the log does"
            f" not. Only {ROOM}'s library is made of events alone. Without --rebuild, {room} hears its events again"
        )
        raise LocalError(msg)


def _url() -> str:
    """Return where the database is; a broker that was named does not go with the database of another stack."""
    url = setting(MONGO)
    if url:
        return url
    found = stack.status()
    if found is None or setting(RABBITMQ):
        msg = f"which database? Set {MONGO}, and {DATABASE} when it has another name"
        raise LocalError(msg)
    return found.run.mongo_url
