"""What breaks and what is upgraded, one after the other; each returns when all is whole again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from random import Random

from tests.cluster.network import MACHINES
from tests.cluster.world import World

AWAY_S = 25.0
"""Longer than it takes a client, a broker's node and a database's member to see that somebody is gone."""
UPGRADED = "an instance is upgraded"
BACK = "an instance goes back to the version before, and on again"
TIMES = {
    UPGRADED: 10,
    BACK: 5,
    "an instance is killed": 10,
    "an instance is told to stop": 10,
    "a node of RabbitMQ is killed": 3,
    "the primary of MongoDB is killed": 2,
    "another member of MongoDB is killed": 1,
    "a machine is off the network": 3,
    "a machine is cut off from the others, not from clients": 3,
}


class Injuries:
    """Breaks a world; `random` decides in which order and where, so that a seed repeats a plan."""

    def __init__(self, world: World, random: Random) -> None:
        self.world = world
        self.random = random
        self._machines = cycle(range(MACHINES))
        self._upgrades: Iterator[str] = iter(world.instances)
        self._upgraded: list[str] = []

    def order(self, part: float) -> list[str]:
        """Return all injuries, or only part of each kind (0 to 1, never none); nothing goes back before half of all."""
        times = {kind: max(1, round(count * part)) for kind, count in TIMES.items()}
        mixed = [kind for kind, count in times.items() for _ in range(count) if kind not in (UPGRADED, BACK)]
        self.random.shuffle(mixed)
        half = len(mixed) // 2
        return [*_merged([UPGRADED] * TIMES[UPGRADED], mixed[:half]), *_merged([BACK] * times[BACK], mixed[half:])]

    def kinds(self) -> Mapping[str, Callable[[], None]]:
        """Return how each is done, by its name in the report."""
        return {
            UPGRADED: self.upgrade,
            BACK: self.go_back,
            "an instance is killed": self.kill,
            "an instance is told to stop": lambda: self.world.restart(self._instance()),
            "a node of RabbitMQ is killed": self.kill_node,
            "the primary of MongoDB is killed": lambda: self.kill_member(self.world.members.primary()),
            "another member of MongoDB is killed": self.kill_secondary,
            "a machine is off the network": self.unplug,
            "a machine is cut off from the others, not from clients": self.part,
        }

    def upgrade(self) -> None:
        """Upgrade the next instance."""
        name = next(self._upgrades)
        self.world.upgrade(name)
        self._upgraded.append(name)

    def go_back(self) -> None:
        """Let an instance that was upgraded go back, work for a while on what the others write, and go on again."""
        name = self.random.choice(self._upgraded)
        self.world.downgrade(name)
        time.sleep(AWAY_S)
        self.world.upgrade(name)

    def kill(self) -> None:
        """Kill an instance; it is started again."""
        self.world.supervisor.kill(self._instance())
        self.world.supervisor.calm()

    def kill_node(self) -> None:
        """Kill a node of the broker, and start it again with its data."""
        machine = next(self._machines)
        self.world.rabbits.kill(machine)
        time.sleep(AWAY_S)
        self.world.rabbits.start(machine)
        self.world.calm()

    def kill_secondary(self) -> None:
        """Kill a member that follows."""
        primary = self.world.members.primary()
        self.kill_member(next(machine for machine in range(MACHINES) if machine != primary))

    def kill_member(self, machine: int) -> None:
        """Kill a member of the database, and start it again with its data."""
        self.world.members.kill(machine)
        time.sleep(AWAY_S)
        self.world.members.start(machine)
        self.world.calm()

    def unplug(self) -> None:
        """Take a machine off the network."""
        machine = next(self._machines)
        self.world.network.unplug(machine)
        time.sleep(AWAY_S)
        self.world.network.plug(machine)
        self.world.calm()

    def part(self) -> None:
        """Cut a machine off from the other two; clients still reach all of them."""
        machine = next(self._machines)
        self.world.network.part(machine)
        time.sleep(AWAY_S)
        self.world.network.join(machine)
        self.world.calm()

    def _instance(self) -> str:
        return self.random.choice(self.world.instances)


def _merged(steps: list[str], between: list[str]) -> list[str]:
    """Spread the second kind evenly between the first, which keep their order."""
    places = [((number + 1) / (len(steps) + 1), step) for number, step in enumerate(steps)]
    others = [((number + 1) / (len(between) + 1), other) for number, other in enumerate(between)]
    return [what for _, what in sorted([*places, *others], key=lambda each: each[0])]
