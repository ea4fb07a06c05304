"""One process of a room: the real kernel over simulated servers, with the handlers of the simulation's rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from shared.clock import Clock
from shared.contracts.decision import Reply
from shared.messaging.broker import Bus
from shared.messaging.documents import NotYet, Repository
from shared.messaging.envelope import Received
from shared.messaging.inbox import Handlers, Hearing
from shared.messaging.outbox import Relay
from shared.messaging.retry import Permanent
from shared.messaging.service import LEFT_FOR_S
from shared.messaging.timers import Due, Timers
from shared.testing import FixedClock, InMemoryDocuments
from tests.simulation import words
from tests.simulation.broker import Broker
from tests.simulation.faults import Faults, StoreTrouble
from tests.simulation.ports import Delivery, Line, Outside, Store
from tests.simulation.record import Record
from tests.simulation.steps import Fiber, Scheduler
from tests.simulation.words import FIRST, SECOND, Act, Counted, Heard, Rang

HEARD: dict[str, tuple[str, ...]] = {
    FIRST: (words.QUEUES[Heard.name],),
    SECOND: (words.QUEUES[Counted.name], words.QUEUES[Rang.name], words.QUEUES[Act.address()]),
}


async def on_heard(heard: Received[Heard], process: Process) -> Reply | None:
    """Count, unless the message is poison."""
    if heard.data.poison == "permanent":
        raise Permanent("poison")
    if heard.data.poison == "bug":
        raise RuntimeError("poison")
    loaded = await process.repository.expect(heard)
    return await process.repository.commit(loaded, words.hear(loaded.state, heard, process.clock.now()), heard)


async def on_due(due: Received[Due], process: Process) -> Reply | None:
    """Ring."""
    loaded = await process.repository.load(due)
    if loaded.state is None:
        raise NotYet(due.subject)
    return await process.repository.commit(loaded, words.ring(loaded.state, due), due)


async def on_counted(event: Received[Counted], process: Process) -> Reply | None:
    """Write it down and want an entry; the second of a pair comes after the first."""
    loaded = await process.repository.load(event)
    if (before := words.needs(event)) and before not in (loaded.state.applied if loaded.state else ()):
        raise NotYet(before)
    return await process.repository.commit(loaded, words.follow(loaded.state, event), event)


async def on_rang(event: Received[Rang], process: Process) -> Reply | None:
    """Write it down."""
    loaded = await process.repository.expect(event)
    return await process.repository.commit(loaded, words.note(loaded.state, event), event)


async def do_act(command: Received[Act], process: Process) -> Reply | None:
    """Load, act under a key that follows from what is wanted, commit."""
    loaded = await process.repository.load(command)
    await process.outside.put(words.entry_of(command.subject, command.data.want), command.data.want)
    return await process.repository.commit(loaded, words.note(loaded.state, command), command)


HANDLERS: Handlers[Any] = {Heard.name: on_heard, Counted.name: on_counted, Rang.name: on_rang, Act.address(): do_act}


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """Which kernel runs: the real one, unless a bug is planted."""

    repository: type[Repository[Any]] = Repository
    relay: type[Relay] = Relay
    hearing: type[Hearing[Any]] = Hearing
    timers: type[Timers[Any]] = Timers
    store: type[Store] = Store
    line: type[Line] = Line
    handlers: Handlers[Any] = field(default_factory=lambda: HANDLERS)
    sweeps: bool = True


@dataclass(frozen=True, slots=True)
class OwnClock:
    """A machine's clock, which is never quite right."""

    right: Clock
    wrong_by: timedelta

    def now(self) -> datetime:
        """Return the time that this machine takes it to be."""
        return self.right.now() + self.wrong_by


@dataclass(slots=True)
class Servers:
    """What all processes share and what outlives them."""

    clock: FixedClock
    broker: Broker
    faults: Faults
    record: Record
    scheduler: Scheduler
    documents: dict[str, InMemoryDocuments[Any]]
    entries: dict[str, str]
    wrong_by: dict[str, timedelta]


class Process:
    """One instance of a room, from its start to its death; a restarted one is another `Process`."""

    def __init__(self, room: str, name: str, servers: Servers, kernel: Kernel) -> None:
        self.room = room
        self.name = name
        self.alive = True
        self.servers = servers
        self.clock = OwnClock(servers.clock, servers.wrong_by[name])
        self.broker = servers.broker
        self.faults, self.record = servers.faults, servers.record
        documents = kernel.store(self, servers.documents[room])
        self.line = kernel.line(self)
        self.relay = kernel.relay(documents, self.line.publish)
        self.repository: Repository[Any] = kernel.repository(room, documents, self.relay, self.clock)
        self.outside = Outside(self, servers.entries)
        self.hearing: Hearing[Any] = kernel.hearing(
            cast("Bus", self.line), kernel.handlers, self, version="0", clock=self.clock, passing=(StoreTrouble,)
        )
        self.timers: Timers[Any] = kernel.timers(documents, self.clock, on_due, self)
        self.sweeps = kernel.sweeps
        self.busy: dict[str, Fiber] = {}

    def hear(self, queue: str, at: int) -> None:
        """Take the at-th message of a queue and begin to handle it."""
        tag, raw = self.broker.deliver(queue, self, at)
        self.record.note("%s hears %s", self.name, raw.id)
        delivery: Any = Delivery(self, tag, raw)
        self.servers.scheduler.start(Fiber(self, raw.id, self.hearing.hear(queue, delivery)))

    def sweep(self) -> None:
        """Begin to say what was left behind, unless at it already."""
        if self.sweeps:
            self._once("sweep", lambda: self.relay.sweep(LEFT_FOR_S))

    def clear(self) -> None:
        """Begin to clear what was said, as where others are about, unless at it already."""
        if self.sweeps:
            self._once("clear", self.relay.flush)

    def look(self) -> None:
        """Begin to look at what is due, unless at it already."""
        self._once("look", self.timers.check)

    def _once(self, name: str, work: Callable[[], Any]) -> None:
        fiber = self.busy.get(name)
        if fiber is None or fiber not in self.servers.scheduler.living:
            self.busy[name] = fiber = Fiber(self, name, work())
            self.servers.scheduler.start(fiber)

    def die(self) -> None:
        """Be killed here and now: what was running is gone, what was held goes back."""
        self.alive = False
        self.record.note("%s is killed", self.name)
        self.broker.drop(self)
        self.servers.scheduler.end_all(self)
