"""Everything that a test of faults needs: the servers, the rooms with their failpoints, and who starts them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

from deploy.local import keys, rooms, servers
from deploy.local.rooms import Plan
from deploy.local.run import Run, describe
from deploy.local.servers import Servers
from deploy.local.site import Site
from tests.faults.failpoints import FOLDER, Arms
from tests.faults.room import command
from tests.faults.supervisor import Supervisor

Change = Callable[[Servers], Servers]


def same(servers: Servers) -> Servers:
    """Give the rooms the servers as they are."""
    return servers


class Stack:
    """The five rooms on servers of their own, in an empty folder, for as long as the context is open.

    `change` returns the servers as the rooms are to see them, behind a proxy for instance; `servers` and `run`
    name them as they are. `given` is what the rooms were given.
    """

    servers: Servers
    given: Servers
    run: Run
    supervisor: Supervisor

    def __init__(self, folder: Path, *, change: Change = same, instances: int = 1, policy: Path | None = None) -> None:
        self.site = Site(folder)
        self.arms = Arms(folder / "failpoints")
        self._change = change
        self._instances = instances
        self._policy = policy or rooms.policy()

    def __enter__(self) -> Self:
        """Start everything; return when all is ready. Raises: LocalError; then nothing is left running."""
        self.site.prepare()
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        if hasattr(self, "supervisor"):
            self.supervisor.stop()
        servers.stop(self.site, fast=True)

    def _start(self) -> None:
        self.servers = servers.start(self.site)
        self.given = self._change(self.servers)
        credentials = keys.prepare(self.site, self._policy)
        plans = {room: self._own(each) for room, each in self._planned(credentials).items()}
        self.supervisor = Supervisor(self.site, plans, self._instances)
        self.supervisor.start()
        self.run = describe(self.servers, credentials, plans, self.supervisor.pids)

    def _planned(self, credentials: keys.Credentials) -> dict[str, Plan]:
        return rooms.plan(self.site, self.given, credentials, command)

    def _own(self, plan: Plan) -> Plan:
        """Name our policy and the failpoints to a room."""
        ours = {"AFTERWORD_POLICY": str(self._policy), FOLDER: str(self.arms.folder)}
        return replace(plan, env={**plan.env, **ours})
