"""The list of everything that was started and not yet stopped, written before anything waits for it.

Whoever comes next (`down`, or an `up` after a crash) finds here what must be ended, and how.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.local import containers, processes
from deploy.local.containers import Container
from deploy.local.files import read_json, write_json
from deploy.local.processes import Process

Started = Process | Container


class Ledger:
    """What runs in one folder, by name; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()

    def entries(self) -> dict[str, Started]:
        """Return what was started and not stopped, in the order in which it was started."""
        with self._lock:
            return {name: _read(row) for name, row in (read_json(self._path) or {}).items()}

    def add(self, started: Started) -> None:
        """Note something that was just started."""
        with self._lock:
            rows = read_json(self._path) or {}
            write_json(self._path, {**rows, started.name: _row(started)})

    def remove(self, name: str) -> None:
        """Forget something that has ended."""
        with self._lock:
            rows = read_json(self._path) or {}
            rows.pop(name, None)
            write_json(self._path, rows)

    def alive(self) -> dict[str, bool]:
        """Tell of everything on the list whether it still runs."""
        return {name: is_alive(started) for name, started in self.entries().items()}

    def stop(self, name: str, grace: float) -> None:
        """End one of them and forget it; nothing happens when it is not on the list."""
        started = self.entries().get(name)
        if isinstance(started, Process):
            processes.stop(started, grace)
        elif started is not None:
            containers.stop(started, grace)
        self.remove(name)


def is_alive(started: Started) -> bool:
    """Tell whether a process or a container still runs."""
    return processes.alive(started) if isinstance(started, Process) else containers.alive(started)


def _row(started: Started) -> dict[str, Any]:
    return {"kind": type(started).__name__.lower(), **asdict(started)}


def _read(row: Mapping[str, Any]) -> Started:
    fields = {key: value for key, value in row.items() if key != "kind"}
    if row["kind"] == "container":
        return Container(**fields)
    return Process(**{**fields, "command": tuple(fields["command"])})
