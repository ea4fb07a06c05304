"""What a worker under measurement is told, and how it tells that a message is handled, whatever it is made with.

It is told by its environment, since some are started by programs of their own. It tells by a byte for each message at
the end of one file, whose length is the count: processes and threads may write there side by side, and it costs a
microsecond.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from functools import cache

PREFIX = "BENCH_"


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where the broker, the database and the file of ticks are; how many messages a process may hold at once."""

    rabbitmq_url: str
    mongo_url: str
    database: str
    ticks: str
    prefetch: int

    def environment(self) -> dict[str, str]:
        """Return the variables that tell it to a worker."""
        return {PREFIX + name.upper(): str(value) for name, value in asdict(self).items()}


@cache
def workplace() -> Workplace:
    """Read what this process is told. Raises: KeyError when it is told nothing."""
    told = {name: os.environ[PREFIX + name.upper()] for name in ("rabbitmq_url", "mongo_url", "database", "ticks")}
    return Workplace(**told, prefetch=int(os.environ[f"{PREFIX}PREFETCH"]))


@cache
def _ticks() -> int:
    return os.open(workplace().ticks, os.O_WRONLY | os.O_APPEND)


def tick() -> None:
    """Tell that one more message is handled."""
    os.write(_ticks(), b".")
