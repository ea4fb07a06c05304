"""Processes of one room over a queue and a database of their own: they handle what was put there all at once."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aio_pika
import httpx
import psutil

from deploy.local.errors import tail
from deploy.local.ports import HOST, free_port
from deploy.local.processes import Process, caller_environment, spawn, stop
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.rooms import Plan
from deploy.local.run import Run
from deploy.local.site import REPOSITORY
from deploy.local.testing import vhost
from deploy.local.waiting import NotYet, wait_until
from shared.messaging import topology

READY_S, PATIENCE_S, GRACE_S = 600, 120, 10
LOOK_EVERY_S, IDLE_OVER_S, IDLE_CPU_S = 0.01, 0.3, 0.03
SAID_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round showed: messages a second; CPU seconds of the room's processes, and of the database server."""

    messages: int
    seconds: float
    cpu: float
    database: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


@dataclass
class Crew:
    """Processes of a room, and where they hear."""

    room: str
    url: str
    processes: list[Process]
    ports: list[int]
    mongod: psutil.Process
    log: Path

    @property
    def pids(self) -> list[int]:
        """Their process ids."""
        return [process.pid for process in self.processes]

    async def handle(self, name: str, messages: Sequence[aio_pika.Message]) -> Figures:
        """Have messages handled that all wait when the first is taken. Raises: RuntimeError, TimeoutError."""
        wanted = self._handled(name) + len(messages)
        queue = topology.queue_of(self.room, name)
        async with await aio_pika.connect(self.url) as connection, connection.channel() as channel:
            with self._standing_still():
                await _say(channel, queue, messages)
            before = self._cpu()
            began = time.perf_counter()
            await _emptied(channel, queue)
            await self._until_handled(name, wanted)
            seconds = time.perf_counter() - began
        own, database = (now - then for now, then in zip(self._cpu(), before, strict=True))
        await self._comes_to_rest()
        return Figures(len(messages), seconds, own, database)

    async def _until_handled(self, name: str, wanted: int) -> None:
        """Wait until so many messages of this name had their effect. Raises: RuntimeError when they have none."""
        until = time.monotonic() + PATIENCE_S
        while (handled := self._handled(name)) < wanted:
            if time.monotonic() > until:
                msg = f"{self.room} left {wanted - handled} of {name}; the end of {self.log}:\n{tail(self.log)}"
                raise RuntimeError(msg)
            await asyncio.sleep(LOOK_EVERY_S)

    @contextmanager
    def _standing_still(self) -> Iterator[None]:
        """Let nobody handle anything, so that none of what is said is handled while it is said."""
        self._tell(signal.SIGSTOP)
        try:
            yield
        finally:
            self._tell(signal.SIGCONT)

    def _tell(self, what: signal.Signals) -> None:
        for pid in self.pids:
            psutil.Process(pid).send_signal(what)

    def _handled(self, name: str) -> int:
        """Return how many messages of this name had their effect. Raises: RuntimeError when one was parked."""
        told = [line for port in self.ports for line in _metrics(port) if not line.startswith("#")]
        if parked := [line for line in told if line.startswith("afterword_messages_parked_total")]:
            msg = f"{self.room} could not handle a message: {parked}; the end of {self.log}:\n{tail(self.log)}"
            raise RuntimeError(msg)
        counted = (line for line in told if line.startswith("afterword_messages_handled_total") and f'"{name}"' in line)
        return sum(int(float(line.rpartition(" ")[2])) for line in counted)

    def _cpu(self) -> tuple[float, float]:
        return sum(_spent(psutil.Process(pid)) for pid in self.pids), _spent(self.mongod)

    async def _comes_to_rest(self) -> None:
        """Wait until what follows on the messages is done, too. Raises: TimeoutError."""
        async with asyncio.timeout(PATIENCE_S):
            before = self._cpu()[0]
            while True:
                await asyncio.sleep(IDLE_OVER_S)
                now = self._cpu()[0]
                if now - before < IDLE_CPU_S * len(self.pids):
                    return
                before = now


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _metrics(port: int) -> list[str]:
    return httpx.get(f"http://{HOST}:{port}/metrics", timeout=30).raise_for_status().text.splitlines()


async def _say(channel: aio_pika.abc.AbstractChannel, queue: str, messages: Sequence[aio_pika.Message]) -> None:
    for start in range(0, len(messages), SAID_AT_ONCE):
        some = messages[start : start + SAID_AT_ONCE]
        await asyncio.gather(*(channel.default_exchange.publish(each, routing_key=queue) for each in some))


async def _emptied(channel: aio_pika.abc.AbstractChannel, queue: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while (await channel.declare_queue(queue, passive=True)).declaration_result.message_count:
            await asyncio.sleep(LOOK_EVERY_S)


@contextmanager
def crew(run: Run, plan: Plan, database: str, number: int, folder: Path) -> Iterator[Crew]:
    """Run so many processes of a room on this database, with a virtual host of their own. Raises: LocalError."""
    mongod = next(each for each in psutil.process_iter(["name", "cmdline"]) if _listens(each, run.mongo_url))
    processes: list[Process] = []
    with vhost(RabbitMQ(run.rabbitmq_url, run.rabbitmq_management_url, "environment")) as url:
        try:
            ports, log = [free_port() for _ in range(number)], folder / f"{database}.log"
            for port in ports:
                own = {"AFTERWORD_RABBITMQ_URL": url, "AFTERWORD_DATABASE": database, "AFTERWORD_HTTP_PORT": str(port)}
                env = {**caller_environment("AFTERWORD_"), **plan.env, **own}
                process = spawn(plan.room, plan.command, log=log, env=env, cwd=REPOSITORY)
                processes.append(process)
                what = f"{plan.room} on {database}"
                wait_until(partial(_ready, port), what=what, seconds=READY_S, retry=(httpx.HTTPError,), log=log)
            yield Crew(plan.room, url, processes, ports, mongod, log)
        finally:
            for process in processes:
                stop(process, GRACE_S)


def _listens(process: psutil.Process, url: str) -> bool:
    port = url.rpartition(":")[2].partition("/")[0]
    return process.info["name"] == "mongod" and port in (process.info["cmdline"] or ())


def _ready(port: int) -> None:
    if httpx.get(f"http://{HOST}:{port}/health/ready", timeout=5).status_code != httpx.codes.OK:
        raise NotYet("not ready")
