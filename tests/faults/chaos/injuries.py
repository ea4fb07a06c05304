"""What breaks, how long it stays broken, and how it is healed. Each injury blocks until it is healed again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from deploy.local.rooms import ROOMS
from deploy.local.waiting import NotYet, wait_until
from shared.messaging import topology
from tests.faults.chaos.messages import Messages
from tests.faults.chaos.world import World
from tests.faults.failpoints import KILLS, Mode, points_of
from tests.faults.replica_set import MEMBERS

END_OF_DATA = b"\r\n.\r\n"
SHORT_S = 3.0
LONGER_THAN_HEARTBEATS_S = 22.0
"""A heartbeat of 5 s is missed three times before a cut is noticed: 18 s, and a moment."""


INSTANT = frozenset(
    {
        "a room is killed",
        "a room is killed at a failpoint",
        "a call fails",
        "a call's outcome is unknown",
        "a room is told to stop",
        "the calendar's line is reset",
        "the relay's answer is lost",
        "messages come twice and out of turn",
        "a message is malformed",
        "a message is too large",
        "a message is poison",
    }
)
"""Injuries of a moment: they happen beside those that take time."""


@dataclass(frozen=True)
class Doctor:
    """Breaks things in a world and heals them; `random` decides where, so that a seed repeats a run's plan."""

    world: World
    messages: Messages
    random: Random
    deleted: set[str] = field(default_factory=set)

    def kinds(self) -> Mapping[str, Callable[[], None]]:
        """Return every way to break something, by its name in the report."""
        world, line = self.world, self.world.broker_line
        return {
            "a room is killed": self.kill_a_room,
            "a room is killed at a failpoint": lambda: self.at_a_failpoint(KILLS),
            "a call fails": lambda: self.at_a_failpoint(frozenset({Mode.RAISED})),
            "a call's outcome is unknown": lambda: self.at_a_failpoint(frozenset({Mode.UNKNOWN})),
            "a room is told to stop": lambda: world.stack.supervisor.terminate(self._room()),
            "the broker is killed": lambda: self._then(world.broker.kill, 1.0, self.start_broker),
            "the broker's application stops": lambda: self._then(
                world.broker.stop_app, SHORT_S, world.broker.start_app
            ),
            "all connections are closed": world.broker.close_connections,
            "the broker has no memory left": lambda: self._then(
                world.broker.memory_alarm, SHORT_S, world.broker.end_alarm
            ),
            "the broker is frozen": lambda: self._then(world.broker.freeze, SHORT_S, world.broker.thaw),
            "a queue is deleted": self.delete_a_queue,
            "the line is cut silently": lambda: self._then(line.cut, LONGER_THAN_HEARTBEATS_S, line.heal),
            "the line is reset": line.reset,
            "the line is refused": lambda: self._then(line.refuse, SHORT_S, line.heal),
            "the primary is killed": self.kill_the_primary,
            "the primary steps down": self.step_down,
            "the primary is frozen": self.freeze_the_primary,
            "a disk is full": self.fill_a_disk,
            "the calendar's line is reset": world.calendar_line.reset,
            "the calendar is away": lambda: self._then(world.calendar_line.refuse, SHORT_S, world.calendar_line.heal),
            "the relay's answer is lost": lambda: world.mail_line.lose_answer(END_OF_DATA),
            "messages come twice and out of turn": self.messages.repeat_some,
            "a message is malformed": self.messages.malformed,
            "a message is too large": self.messages.oversized,
            "a message is poison": self.messages.poison,
        }

    def heal_all(self) -> None:
        """Take back what has not broken yet, and wait until every room is ready."""
        self.world.stack.arms.disarm_all()
        self.world.mail_line.heal()
        self.world.stack.supervisor.calm()

    def start_broker(self) -> None:
        """Start it with its data, and do what docs/operations.md says when the log of events did not survive."""
        self.world.broker.start()
        self.messages.mend_log()

    def kill_a_room(self) -> None:
        """Kill one, wherever it is in its work."""
        self.world.stack.supervisor.kill(self._room())

    def at_a_failpoint(self, modes: frozenset[Mode]) -> None:
        """Let the next passing of some point of some room break in one of these ways."""
        room = self._room()
        self.world.stack.arms.arm(room, self.random.choice(points_of(room)), self.random.choice(sorted(modes)))

    def delete_a_queue(self) -> None:
        """Delete a queue with all that is in it, and do what docs/operations.md says to do then."""
        room = self._room()
        queue, _, key = self.random.choice(topology.bindings(room))
        since = self.messages.now()
        self.deleted.add(queue)
        self.world.broker.delete_queue(queue)
        self.messages.declare()
        if key in topology.HEARS[room]:
            self.messages.replay(room, key, since)

    def kill_the_primary(self) -> None:
        """Kill it and start it again when another one has taken over."""
        index = self._of_three()
        self.world.database.kill(index)
        try:
            self.world.database.primary()
            time.sleep(SHORT_S)
        finally:
            self.world.database.start_member(index)

    def step_down(self) -> None:
        """Make the primary hand over."""
        self._of_three()
        self.world.database.step_down()

    def freeze_the_primary(self) -> None:
        """Stop it with its connections open, and let it go on."""
        index = self._of_three()
        self._then(lambda: self.world.database.freeze(index), 2 * SHORT_S, lambda: self.world.database.thaw(index))

    def fill_a_disk(self) -> None:
        """Leave the primary no space; it ends itself, another takes over, and it comes back with space."""
        index = self._of_three()
        self.world.database.fill_disk(index)
        try:
            wait_until(lambda: self._is_dead(index), what="the end of a member without space", seconds=60, retry=())
        finally:
            self.world.database.free_disk(index)

    def _is_dead(self, index: int) -> None:
        if self.world.database.alive(index):
            raise NotYet("it lives")

    def _of_three(self) -> int:
        """Return the primary, when all three members are there: two at once would be another injury."""
        for index in range(MEMBERS):
            if not self.world.database.alive(index):
                self.world.database.start_member(index)
        return self.world.database.primary()

    def _room(self) -> str:
        return self.random.choice(ROOMS)

    def _then(self, injure: Callable[[], None], seconds: float, heal: Callable[[], None]) -> None:
        injure()
        try:
            time.sleep(seconds)
        finally:
            heal()
