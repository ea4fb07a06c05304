"""One seed, one history: chaos first, then everything is healed and must come to rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from shared.contracts.base import derived_id, postmortem_id
from shared.testing import FixedClock, InMemoryDocuments
from tests.simulation.broker import PREFETCH, REPLIES, Broker, Raw
from tests.simulation.checker import External, Outcome
from tests.simulation.faults import Faults
from tests.simulation.process import HEARD, Kernel, Process, Servers
from tests.simulation.record import Record
from tests.simulation.steps import Scheduler
from tests.simulation.words import FIRST, QUEUES, SECOND, Heard

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SUBJECTS = tuple(postmortem_id("simulation", str(n)) for n in range(2))
FAULT_BUDGET = 12
CHAOS_STEPS = 2_000
LINGERS = 0.99
STEPS = 20_000
ROUNDS = 60
TICK = timedelta(milliseconds=7)
CLOCKS_DIFFER_BY = timedelta(seconds=2)
POISONS = ("permanent", "bug", "unreadable")


@dataclass(slots=True)
class World:
    """A whole system in memory, moved by one random generator."""

    random: Random
    kernel: Kernel
    servers: Servers
    processes: list[Process] = field(default_factory=list)
    to_say: list[External] = field(default_factory=list)
    externals: list[External] = field(default_factory=list)
    steps: int = 0

    @property
    def faults(self) -> Faults:
        """The faults of this history."""
        return self.servers.faults

    @property
    def record(self) -> Record:
        """What happened in it."""
        return self.servers.record

    def run(self) -> None:
        """Run the whole history."""
        self._begin()
        while self.steps < CHAOS_STEPS and (self._busy() or self.random.random() < LINGERS):
            self._stir()
        self._heal()
        self._come_to_rest()
        self.servers.scheduler.end_everything()

    def _busy(self) -> bool:
        return bool(self.to_say or self.servers.scheduler.ready or self._messages())

    def _begin(self) -> None:
        for room in (FIRST, SECOND):
            for n in range(2 + (self.random.random() < 0.3)):
                name = f"{room}-{n}"
                self.servers.wrong_by[name] = CLOCKS_DIFFER_BY * (2 * self.random.random() - 1)
                self.processes.append(Process(room, name, self.servers, self.kernel))

    def _come_to_rest(self) -> None:
        for _ in range(ROUNDS):
            self._settle()
            if self.at_rest():
                return
            self._let_time_pass()

    def at_rest(self) -> bool:
        """Say whether there is nothing left to do for anybody."""
        due = any(one.due_at for one in self.servers.documents.values())
        return not (due or self._unsaid() or self.servers.broker.left())

    def outcome(self) -> Outcome:
        """Return what the checker looks at."""
        documents, broker = self.servers.documents, self.servers.broker
        return Outcome(
            externals=self.externals,
            first=documents[FIRST].states,
            second=documents[SECOND].states,
            decisions=self.record.decisions,
            sayings=self.record.sayings,
            parked=[raw.id for _, raw in broker.parked],
            entries=self.servers.entries,
            replies=broker.replies,
            left=[
                *broker.left(),
                *(f"{key} in {room}: unsaid" for room, key in self._unsaid()),
                *(f"{key} in {FIRST}: due" for key in documents[FIRST].due_at),
            ],
        )

    def _unsaid(self) -> list[tuple[str, str]]:
        return [(room, key) for room, one in self.servers.documents.items() for key, box in one.outbox.items() if box]

    def _stir(self) -> None:
        """Do one thing of all that could happen next."""
        self.steps += 1
        scheduler, chance = self.servers.scheduler, self.random.random()
        if chance < 0.75 and scheduler.ready:
            scheduler.step()
        elif chance < 0.90:
            self._deliver()
        elif chance < 0.93:
            self._say()
        else:
            self._trouble(self.random.random())

    def _trouble(self, chance: float) -> None:
        self._pass(TICK)
        if chance < 0.25:
            self._any_process(lambda process: process.sweep())
        elif chance < 0.35:
            self._any_process(lambda process: process.clear())
        elif chance < 0.55:
            self._any_process(lambda process: process.look())
        elif chance < 0.7:
            self._pass(timedelta(seconds=1 + 4 * self.random.random()))
        elif chance < 0.8:
            self._restart()
        elif chance < 0.85:
            self._kill()
        elif chance < 0.9:
            self._lose_connection()
        else:
            self._duplicate()

    def _deliver(self) -> None:
        queues = [name for name, queue in self.servers.broker.queues.items() if queue]
        if not queues:
            return
        queue = queues[int(self.random.random() * len(queues))]
        holds = self.servers.broker.holds
        hearers = [one for one in self.processes if one.alive and queue in HEARD[one.room] and holds[one] < PREFETCH]
        if hearers:
            length = len(self.servers.broker.queues[queue])
            reorders = length > 1 and self.faults.strikes("out of turn", 0.1)
            at = int(self.random.random() * length) if reorders else 0
            hearers[int(self.random.random() * len(hearers))].hear(queue, at)

    def _say(self) -> None:
        """Say the next message from outside."""
        if self.to_say:
            external = self.to_say.pop()
            self.externals.append(external)
            self.servers.broker.put(QUEUES[Heard.name], as_raw(external))
            self.record.note("outside says %s", external.id)

    def _any_process(self, do: Any) -> None:
        process = self.processes[int(self.random.random() * len(self.processes))]
        if process.alive:
            do(process)

    def _kill(self) -> None:
        process = self.processes[int(self.random.random() * len(self.processes))]
        if process.alive and self.faults.strikes("process killed", 1.0):
            process.die()

    def _lose_connection(self) -> None:
        process = self.processes[int(self.random.random() * len(self.processes))]
        if process.alive and self.faults.strikes("connection lost", 1.0):
            self.record.note("%s loses its connection", process.name)
            self.servers.broker.drop(process)

    def _duplicate(self) -> None:
        """A sender that heard no confirm says it again."""
        queues = [queue for queue in self.servers.broker.queues.values() if queue]
        if queues and self.faults.strikes("duplicated", 1.0):
            queue = queues[int(self.random.random() * len(queues))]
            raw = queue[int(self.random.random() * len(queue))]
            queue.append(Raw(raw.body, raw.headers, raw.message_id, raw.routing_key, raw.correlation_id, raw.reply_to))
            self.record.note("%s is there twice", raw.id)

    def _restart(self) -> None:
        """Bring one dead process back, as a new one that knows nothing."""
        for at, process in enumerate(self.processes):
            if not process.alive:
                self.processes[at] = Process(process.room, process.name, self.servers, self.kernel)
                self.record.note("%s is back", process.name)
                return

    def _heal(self) -> None:
        self.record.note("all faults are healed")
        self.faults.heal()
        while self.to_say:
            self._say()
        for _ in self.processes:
            self._restart()

    def _settle(self) -> None:
        """Step and deliver until nothing is ready and nothing lies in a queue."""
        scheduler = self.servers.scheduler
        while self.steps < STEPS and (scheduler.ready or self._messages()):
            self.steps += 1
            if scheduler.ready and (not self._messages() or self.random.random() < 0.8):
                scheduler.step()
            else:
                self._deliver()

    def _let_time_pass(self) -> None:
        self._pass(timedelta(seconds=5))
        for process in self.processes:
            process.sweep()
            process.look()

    def _messages(self) -> bool:
        return any(self.servers.broker.queues.values())

    def _pass(self, by: timedelta) -> None:
        self.servers.clock.advance(by)
        self.servers.broker.wake(self.servers.clock.now())


def as_raw(external: External) -> Raw:
    """Put a message from outside into the form that it has on the wire."""
    heard = Heard(postmortem_id=external.subject, n=external.n, poison=external.poison, choosy=external.choosy)
    body = b"{" if external.poison == "unreadable" else heard.model_dump_json().encode()
    return Raw(body, {"ce-type": Heard.name}, external.id, Heard.name, external.id, REPLIES)


def messages_from_outside(random: Random) -> list[External]:
    """Draw what outside will say: two to four messages about two documents; a tenth is poison, a fifth choosy."""
    found = []
    for n in range(2 + int(random.random() * 3)):
        poison = POISONS[int(random.random() * 3)] if random.random() < 0.1 else ""
        subject = SUBJECTS[int(random.random() * len(SUBJECTS))]
        choosy = random.random() < 0.2
        found.append(External(derived_id("outside", str(n)), subject, n, poison, choosy))
    return found


def new_world(seed: int, kernel: Kernel) -> World:
    """Make the world of a seed."""
    random = Random(seed)  # noqa: S311 - replayed, not secret
    clock = FixedClock(START)
    record = Record(clock.now)
    scheduler = Scheduler(random)
    scheduler.failed = lambda fiber, error: record.note("%s ended: %s", fiber.name, repr(error))
    servers = Servers(
        clock=clock,
        broker=Broker({queue: [] for queue in QUEUES.values()}, random.random),
        faults=Faults(random, int(random.random() * (FAULT_BUDGET + 1)), 0.02 + 0.1 * random.random()),
        record=record,
        scheduler=scheduler,
        documents={room: InMemoryDocuments(clock) for room in (FIRST, SECOND)},
        entries={},
        wrong_by={},
    )
    return World(random, kernel, servers, to_say=messages_from_outside(random))
