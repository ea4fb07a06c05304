"""How long things take to start: a process until it says that it is ready, servers alone, the whole stack."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local import rooms, servers
from deploy.local.ports import HOST
from deploy.local.processes import caller_environment
from deploy.local.progress import silent
from deploy.local.site import REPOSITORY, Site

PAUSE_S = 0.005
PATIENCE_S = 60.0
ENDING_S = 20.0
STEP = re.compile(r"(\S+) +ready +([\d.]+) s")


@dataclass(frozen=True, slots=True)
class Starter:
    """A program that answers HTTP when it is ready: how it is run, and where it is asked."""

    name: str
    command: list[str]
    port: int
    path: str
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Start:
    """What one start took, in seconds."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Up:
    """What one `afterword up` took, in seconds, and what it told of its steps."""

    wall: float
    steps: dict[str, float]


def room_of(site: Site, room: str) -> Starter:
    """Return how a room of a stack is started."""
    plan = rooms.planned(site)[room]
    return Starter(room, plan.command, plan.port, "/health/ready", {**caller_environment("AFTERWORD_"), **plan.env})


def floor_of(site: Site, amqp_url: str) -> Starter:
    """Return how a bare service is started: FastAPI, aio-pika, one queue."""
    port = site.port("bench_bare")
    command = [sys.executable, "-m", "tests.bench.bare", amqp_url, str(port)]
    return Starter("floor", command, port, "/openapi.json", caller_environment("AFTERWORD_"))


def start(starter: Starter) -> Start:
    """Start a program, wait until it is ready, and end it. Raises: TimeoutError, RuntimeError when it ends before."""
    began = time.perf_counter()
    with _running(starter) as process:
        while not _ready(starter):
            _still(process, starter, began)
            time.sleep(PAUSE_S)
        wall = time.perf_counter() - began
        times = psutil.Process(process.pid).cpu_times()
    return Start(wall, float(times.user + times.system))


@contextmanager
def _running(starter: Starter) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(starter.command, env=dict(starter.env), cwd=REPOSITORY, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(ENDING_S)


def _still(process: subprocess.Popen[bytes], starter: Starter, began: float) -> None:
    if process.poll() is not None:
        msg = f"{starter.name} ended with {process.returncode}"
        raise RuntimeError(msg)
    if time.perf_counter() - began > PATIENCE_S:
        msg = f"{starter.name} is not ready"
        raise TimeoutError(msg)


def _ready(starter: Starter) -> bool:
    connection = http.client.HTTPConnection(HOST, starter.port, timeout=5)
    try:
        connection.request("GET", starter.path)
        return connection.getresponse().status == http.client.OK
    except ConnectionError:
        return False  # nobody listens yet
    finally:
        connection.close()


def imported(module: str) -> float:
    """Return the seconds that Python takes to start and load a module, and nothing else."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], cwd=REPOSITORY, check=True)
    return time.perf_counter() - began


def servers_alone() -> float:
    """Start the four servers with nothing of earlier data, stop them, and return the seconds until all were ready."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.prepare()
        try:
            began = time.perf_counter()
            servers.start(site)
            return time.perf_counter() - began
        finally:
            servers.stop(site, silent, fast=True)


def up(folder: Path) -> Up:
    """Run `make up` for a folder. Raises: subprocess.CalledProcessError."""
    began = time.perf_counter()
    said = _make("up", folder)
    wall = time.perf_counter() - began
    return Up(wall, {name: float(seconds) for name, seconds in STEP.findall(said)})


def down(folder: Path) -> None:
    """Run `make down` for a folder. Raises: subprocess.CalledProcessError."""
    _make("down", folder)


def _make(verb: str, folder: Path) -> str:
    env = {**os.environ, "AFTERWORD_LOCAL": str(folder)}
    done = subprocess.run(
        ["make", "--silent", verb], cwd=REPOSITORY, env=env, check=True, text=True, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stderr
