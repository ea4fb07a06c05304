"""Three machines with a broker's node and a database's member each, and two instances of every room beside them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Self

from deploy.local import keys, rooms, servers
from deploy.local.rooms import Plan
from deploy.local.run import Run, describe
from deploy.local.site import Site
from deploy.local.waiting import NotYet, wait_until
from tests.cluster import versions
from tests.cluster.members import Members
from tests.cluster.network import MACHINES, Network
from tests.cluster.rabbits import Rabbits
from tests.faults.supervisor import Supervisor

POLICY = Path(__file__).parents[1] / "faults" / "chaos" / "policy.toml"
INSTANCES = 2
UPGRADES = ("distribution", "calendar", "review", "gateway", "drafting")
"""Who hears comes before whom it hears, as docs/backup.md says."""
STOPPED_S = 40.0


class World:
    """Everything, in an empty folder, for as long as the context is open. The rooms begin as the version before."""

    network: Network
    rabbits: Rabbits
    members: Members
    site: Site
    supervisor: Supervisor
    run: Run

    def __init__(self, folder: Path, before: str) -> None:
        self.folder = folder
        self._before = before
        self._open = ExitStack()
        self.plans: Mapping[str, Plan] = {}

    def __enter__(self) -> Self:
        """Start everything; return when every instance is ready. Raises: LocalError."""
        with ExitStack() as opening:
            versions.unpack(self._before, self.folder / "before")
            self.network = opening.enter_context(Network())
            self.rabbits = opening.enter_context(Rabbits(self.folder))
            self.members = opening.enter_context(Members(self.folder))
            self.rabbits.calm()
            given = {"AFTERWORD_RABBITMQ_URL": self.rabbits.url, "AFTERWORD_MONGO_URL": self.members.url}
            os.environ.update(given)
            opening.callback(lambda: [os.environ.pop(name) for name in given])
            self._start_rooms(opening)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def _start_rooms(self, opening: ExitStack) -> None:
        self.site = Site(self.folder / "stack")
        self.site.prepare()
        opening.callback(servers.stop, self.site, fast=True)
        found = servers.start(self.site)
        credentials = keys.prepare(self.site, POLICY)
        ours = {"AFTERWORD_POLICY": str(POLICY)}
        plans = {
            room: replace(plan, env={**plan.env, **ours})
            for room, plan in rooms.plan(self.site, found, credentials).items()
        }
        self.supervisor = Supervisor(self.site, plans, INSTANCES)
        self.plans = dict(self.supervisor.plans)
        self.supervisor.plans.update(self._of_before())
        opening.callback(self.supervisor.stop)
        self.supervisor.start()
        self.run = describe(found, credentials, plans, self.supervisor.pids)

    def _of_before(self) -> dict[str, Plan]:
        """Return how each instance is run as the version before, which knew one node alone: theirs in turn."""
        nodes = cycle(self.rabbits.url_of(machine) for machine in range(MACHINES))
        return {
            name: replace(
                plan,
                command=versions.module(self.folder / "before", plan.room),
                env={**plan.env, "AFTERWORD_RABBITMQ_URL": next(nodes)},
            )
            for name, plan in self.plans.items()
        }

    @property
    def instances(self) -> list[str]:
        """The names of all instances, in the order in which they are upgraded."""
        return [name for room in UPGRADES for name in self.plans if self.plans[name].room == room]

    @property
    def gateways(self) -> list[str]:
        """Where the gateways answer."""
        return [plan.url for plan in self.plans.values() if plan.room == "gateway"]

    def upgrade(self, name: str) -> None:
        """Let an instance come back as the version of now; returns when it is ready. Raises: LocalError."""
        self.supervisor.plans[name] = self.plans[name]
        self.restart(name)

    def downgrade(self, name: str) -> None:
        """Let an instance come back as the version before. Raises: LocalError."""
        self.supervisor.plans[name] = self._of_before()[name]
        self.restart(name)

    def restart(self, name: str) -> None:
        """Ask an instance to end; returns when the next one is ready. Raises: LocalError."""
        pid = self.supervisor.pids[name]
        self.supervisor.terminate(name)

        def is_gone() -> None:
            if self.supervisor.pids[name] == pid:
                raise NotYet("it still ends")

        wait_until(is_gone, what=f"the end of {name}", seconds=STOPPED_S, retry=())
        self.supervisor.calm(name)

    def calm(self) -> None:
        """Return when the cluster is whole and every instance is ready. Raises: LocalError."""
        self.rabbits.calm()
        self.members.calm()
        self.supervisor.calm()
