"""Who is measured: how each worker is started, and who fills its queue."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

UNACKED = 20
CELERY = ("celery", "--app", "tests.bench.peers.celery_app", "worker", "--loglevel", "ERROR")
LEAN = ("--without-gossip", "--without-mingle", "--without-heartbeat")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A worker: the module and words to start it with, the module that fills its queue (None: the room's own queue).

    All its processes together hold `UNACKED` messages at once.
    """

    module: tuple[str, ...]
    filled_by: str | None = None
    processes: int = 1
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> tuple[str, ...]:
        """The command line."""
        return (sys.executable, "-m", *self.module)

    @property
    def prefetch(self) -> int:
        """How many messages each of its processes may hold at once."""
        return UNACKED // self.processes


def _celery(pool: str, concurrency: int) -> Candidate:
    each = UNACKED // concurrency
    pooled = ("--pool", pool, "--concurrency", str(concurrency), "--prefetch-multiplier", str(each))
    return Candidate((*CELERY, *pooled, *LEAN), "celery_app")


def _dramatiq(processes: int) -> Candidate:
    each = str(UNACKED // processes)
    words = ("dramatiq", "tests.bench.peers.dramatiq_app", "--processes", str(processes), "--threads", each)
    return Candidate(words, "dramatiq_app", processes, {"dramatiq_queue_prefetch": each})


def _taskiq(processes: int) -> Candidate:
    bounded = ("--workers", str(processes), "--max-async-tasks", str(UNACKED // processes), "--log-level", "WARNING")
    return Candidate(("taskiq", "worker", "tests.bench.peers.taskiq_app:broker", *bounded), "taskiq_app", processes)


def _ours(way: str, processes: int = 1) -> Candidate:
    return Candidate(("tests.bench.ways", way, str(processes)), processes=processes)


OURS = {"floor": _ours("floor"), "afterword": _ours("afterword")}
PEERS = {
    "floor, 2 processes": _ours("floor", 2),
    "afterword, 2 processes": _ours("afterword", 2),
    "plain FastStream": Candidate(("faststream", "run", "tests.bench.peers.faststream_app:app"), "faststream_app"),
    "taskiq, 1 process": _taskiq(1),
    "taskiq, 2 processes": _taskiq(2),
    "Dramatiq, 1 process, 20 threads": _dramatiq(1),
    "Dramatiq, 2 processes, 10 threads": _dramatiq(2),
    "Celery, 2 processes": _celery("prefork", 2),
    "Celery, 4 processes": _celery("prefork", 4),
    "Celery, 10 processes": _celery("prefork", 10),
    "Celery, 20 processes": _celery("prefork", 20),
    "Celery, 20 threads": _celery("threads", 20),
}
BEST = (
    *("floor, 2 processes", "afterword, 2 processes"),
    *("plain FastStream", "taskiq, 1 process", "Dramatiq, 2 processes, 10 threads"),
    *("Celery, 4 processes", "Celery, 20 threads"),
)
"""Of each library what was fastest, of Celery with processes, as it is by itself, too; `all` are the others as well.

Beside them ours and the floor in two processes, since others have several.
"""
