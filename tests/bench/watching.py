"""Takes the time of a worker that is a process of its own, with all that it starts, and the CPU of the servers."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

LOOK_EVERY_S = 0.005
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round showed: messages a second, and microseconds of CPU a message."""

    rate: float
    cpu_us: float
    broker_us: float
    database_us: float


@dataclass(frozen=True, slots=True)
class Looked:
    """How far a worker was at a time, and what it and the servers had used by then (seconds)."""

    at: float
    count: int
    cpu: float
    broker: float
    database: float


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at a worker by its ticks. `broker` and `database` are None where they run out of sight."""

    worker: psutil.Process
    ticks: Path
    broker: psutil.Process | None
    database: psutil.Process | None

    def measure(self, warm_up: int, messages: int) -> Figures:
        """Wait for the warm-up and for the messages after it. Raises: RuntimeError, TimeoutError."""
        self._wait_for(warm_up)
        before = self._look()
        self._wait_for(warm_up + messages)
        after = self._look()
        handled = after.count - before.count
        return Figures(
            handled / (after.at - before.at),
            (after.cpu - before.cpu) / handled * 1e6,
            (after.broker - before.broker) / handled * 1e6,
            (after.database - before.database) / handled * 1e6,
        )

    def _wait_for(self, count: int) -> None:
        until = time.monotonic() + PATIENCE_S
        while self.ticks.stat().st_size < count:
            if not self.worker.is_running() or self.worker.status() == psutil.STATUS_ZOMBIE:
                raise RuntimeError("the worker ended before its work was done")
            if time.monotonic() > until:
                msg = f"{self.ticks.stat().st_size} of {count} messages in {PATIENCE_S:.0f} s"
                raise TimeoutError(msg)
            time.sleep(LOOK_EVERY_S)

    def _look(self) -> Looked:
        at, count = time.perf_counter(), self.ticks.stat().st_size
        own = sum(_cpu(process) for process in (self.worker, *self.worker.children(recursive=True)))
        return Looked(at, count, own, _cpu(self.broker), _cpu(self.database))


def _cpu(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


def listener(url: str) -> psutil.Process | None:
    """Return the process on this machine that listens where a URL points, or None."""
    port = urlsplit(url).port
    for connection in psutil.net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            return psutil.Process(connection.pid)
    return None


@contextmanager
def running(command: Sequence[str], told: Mapping[str, str], log: Path) -> Iterator[psutil.Process]:
    """Run a worker while the block runs, with what it writes in `log`; a failure of the block is told with its end."""
    with (
        log.open("wb") as out,
        subprocess.Popen(command, env={**os.environ, **told}, stdout=out, stderr=subprocess.STDOUT) as process,
    ):
        worker = psutil.Process(process.pid)
        try:
            yield worker
        except (RuntimeError, TimeoutError) as error:
            error.add_note(log.read_text(errors="replace")[-4000:])
            raise
        finally:
            _end(worker)


def _end(worker: psutil.Process) -> None:
    """Nobody needs what it still holds; some take their time to say goodbye."""
    for process in (worker, *worker.children(recursive=True)):
        process.kill()
