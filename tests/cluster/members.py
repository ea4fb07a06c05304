"""A MongoDB member on each machine, in one replica set."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local import mongodb_program, processes
from deploy.local.mongodb import NOT_INITIALISED
from deploy.local.processes import Process, caller_environment, spawn
from deploy.local.site import Site
from deploy.local.waiting import NotYet, wait_until
from tests.cluster.network import MACHINES, address, inside

SET = "afterword-cluster"
PORT = 27017
PATIENCE_S = 120.0
PRIMARY, SECONDARY = 1, 2
Client = pymongo.MongoClient[dict[str, Any]]


class Members:
    """The members, in `folder`. Each keeps its data through every death. All methods block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program = mongodb_program.find_or_install(Site(folder).tools)
        self._processes: dict[int, Process] = {}

    def __enter__(self) -> Self:
        """Start all; return when one takes writes and the others follow. Raises: LocalError."""
        for machine in range(MACHINES):
            self._of(machine).mkdir(parents=True)
            self._spawn(machine)
        self._until(self._initiate, "the new replica set")
        self.calm()
        return self

    def __exit__(self, *error: object) -> None:
        for machine in range(MACHINES):
            self.kill(machine)

    @property
    def url(self) -> str:
        """The whole set's address."""
        return f"mongodb://{','.join(f'{address(machine)}:{PORT}' for machine in range(MACHINES))}/?replicaSet={SET}"

    def primary(self) -> int:
        """Return the machine whose member takes writes; waits until there is one. Raises: LocalError."""
        found: list[int] = []

        def look() -> None:
            found.extend(machine for machine in self._processes if self._hello(machine).get("isWritablePrimary"))
            if not found:
                raise NotYet("nobody takes writes")

        self._until(look, "a primary")
        return found[0]

    def kill(self, machine: int) -> None:
        """Kill a member; nothing happens to a dead one."""
        if machine in self._processes:
            processes.stop(self._processes.pop(machine), 0)

    def start(self, machine: int) -> None:
        """Start a dead member again with what was on its disk; return when the set is whole. Raises: LocalError."""
        self._spawn(machine)
        self.calm()

    def calm(self) -> None:
        """Return when there is a primary and the others follow it. Raises: LocalError."""
        self._until(self._whole, "the whole replica set")

    def _whole(self) -> None:
        with _client(address(self.primary())) as client:
            states = [member["state"] for member in client.admin.command("replSetGetStatus")["members"]]
        if sorted(states) != [PRIMARY, SECONDARY, SECONDARY]:
            msg = f"its members are in states {states}"
            raise NotYet(msg)

    def _initiate(self) -> None:
        members = [{"_id": machine, "host": f"{address(machine)}:{PORT}"} for machine in range(MACHINES)]
        with _client(address(0)) as client:
            try:
                client.admin.command("replSetGetStatus")
            except OperationFailure as error:
                if error.code != NOT_INITIALISED:
                    raise
                client.admin.command("replSetInitiate", {"_id": SET, "members": members})

    def _hello(self, machine: int) -> dict[str, Any]:
        try:
            with _client(address(machine)) as client:
                return dict(client.admin.command("hello"))
        except PyMongoError:
            return {}  # one that does not answer claims nothing

    def _until(self, check: Any, what: str) -> None:
        wait_until(check, what=what, seconds=PATIENCE_S, retry=(PyMongoError,))

    def _of(self, machine: int) -> Path:
        return self._folder / f"mongodb-{machine}"

    def _spawn(self, machine: int) -> None:
        folder = self._of(machine)
        command = inside(
            machine,
            *(str(self._program), "--dbpath", str(folder), "--port", str(PORT), "--bind_ip", address(machine)),
            *("--replSet", SET, "--quiet", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.5", "--oplogSize", "256"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        )
        log = self._folder / f"mongodb-{machine}.log"
        self._processes[machine] = spawn(f"mongodb-{machine}", command, log=log, env=caller_environment(), cwd=folder)


def _client(host: str) -> Client:
    return pymongo.MongoClient(host, PORT, directConnection=True, serverSelectionTimeoutMS=2000, connectTimeoutMS=1000)
