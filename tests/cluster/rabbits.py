"""A RabbitMQ node on each machine, in one cluster: what a minority has is paused, what a majority has goes on."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx

from deploy.local import processes, rabbitmq_program
from deploy.local.files import write_private
from deploy.local.processes import Process, spawn
from deploy.local.rabbitmq_node import NO_WAITING, Node, environment, write_files
from deploy.local.rabbitmq_program import Program
from deploy.local.site import Site
from deploy.local.waiting import NotYet, wait_until
from tests.cluster.network import MACHINES, address, inside

USER = "afterword"
AMQP, MANAGEMENT = 5672, 15672
TICK_S = 8
"""A node that says nothing for so long (and a quarter more) is taken for gone; by default it is a minute."""
AMONG_OTHERS = {
    "RABBITMQ_USE_LONGNAME": "true",
    "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel net_ticktime {TICK_S} {NO_WAITING}",
}
PATIENCE_S = 180.0


class Rabbits:
    """The nodes, in `folder`. Each keeps its data through every death. All methods block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program: Program = rabbitmq_program.find_or_install(Site(folder).tools)
        self._password, self._cookie = secrets.token_urlsafe(16), secrets.token_hex(16).upper()
        self._processes: dict[int, Process] = {}

    def __enter__(self) -> Self:
        """Start one after the other; return when all are in one cluster. Raises: LocalError."""
        for machine in range(MACHINES):
            self._write(machine)
            self.start(machine)
        return self

    def __exit__(self, *error: object) -> None:
        for machine in range(MACHINES):
            self.kill(machine)

    @property
    def url(self) -> str:
        """The cluster's address: all nodes."""
        hosts = ",".join(f"{address(machine)}:{AMQP}" for machine in range(MACHINES))
        return f"amqp://{USER}:{self._password}@{hosts}/"

    def url_of(self, machine: int) -> str:
        """One node's address."""
        return f"amqp://{USER}:{self._password}@{address(machine)}:{AMQP}/"

    def management_url(self, machine: int = 0) -> str:
        """Where one node answers operators."""
        return f"http://{USER}:{self._password}@{address(machine)}:{MANAGEMENT}"

    def kill(self, machine: int) -> None:
        """Kill a node with all that belongs to it; nothing happens to a dead one."""
        if machine in self._processes:
            processes.stop(self._processes.pop(machine), 0)

    def start(self, machine: int) -> None:
        """Start a node with what was on its disk; return when it runs in the cluster. Raises: LocalError."""
        folder = self._of(machine)
        command = inside(machine, str(self._program.server))
        env = environment(self._node(machine), self._program, AMONG_OTHERS)
        self._processes[machine] = spawn(f"rabbitmq-{machine}", command, log=folder / "log.txt", env=env, cwd=folder)
        self._until(partial(self._runs, machine), f"the RabbitMQ node {machine}", machine)

    def calm(self) -> None:
        """Return when all nodes run, see each other, and none would be missed by a queue. Raises: LocalError."""
        for machine in range(MACHINES):
            self._until(partial(self._whole, machine), f"the whole cluster as node {machine} sees it", machine)

    def _runs(self, machine: int) -> None:
        self._get(machine, "/api/overview")

    def _whole(self, machine: int) -> None:
        nodes = self._get(machine, "/api/nodes")
        whole = [node["name"] for node in nodes if node.get("running") and not node.get("partitions")]
        if len(whole) != min(MACHINES, len(self._processes)):
            msg = f"it sees {whole}"
            raise NotYet(msg)
        self._get(machine, "/api/health/checks/node-is-quorum-critical")

    def _get(self, machine: int, path: str) -> Any:
        answer = httpx.get(self.management_url(machine) + path, timeout=10)
        if answer.status_code != httpx.codes.OK:
            msg = f"{path} answers {answer.status_code}: {answer.text[:200]}"
            raise NotYet(msg)
        return answer.json()

    def _until(self, check: Any, what: str, machine: int) -> None:
        log = self._of(machine) / "log.txt"
        wait_until(check, what=what, seconds=PATIENCE_S, retry=(httpx.HTTPError,), log=log)

    def _of(self, machine: int) -> Path:
        return self._folder / f"rabbitmq-{machine}"

    def _write(self, machine: int) -> None:
        write_files(
            self._node(machine),
            f"{USER}:{self._password}",
            "cluster_formation.peer_discovery_backend = classic_config",
            *(f"cluster_formation.classic_config.nodes.{n + 1} = {_name(n)}" for n in range(MACHINES)),
            "cluster_partition_handling = pause_minority",
            "collect_statistics_interval = 5000",
        )
        write_private(self._of(machine) / ".erlang.cookie", self._cookie)

    def _node(self, machine: int) -> Node:
        return Node(self._of(machine), _name(machine), address(machine), AMQP, MANAGEMENT)


def _name(machine: int) -> str:
    return f"afterword@{address(machine)}"
