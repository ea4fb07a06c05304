"""Runs a room as its own module does, with its failpoints in place: `python -m tests.faults.room <room>`.

The wrappers are put around the room's own methods in this process, before it is built: the code of the rooms
knows nothing of them.
"""

from __future__ import annotations

import functools
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import psutil

from shared.room import run
from tests.faults.failpoints import AFTER, BEFORE, FOLDER, KILLS, SEAMS, Arm, Mode, Seam

Call = Callable[..., Awaitable[Any]]
AMQP = 5672


class Gate:
    """Looks, at every passing, for an arm in the room's folder, and breaks as it says."""

    def __init__(self, folder: Path) -> None:
        self._armed = folder / "armed"
        self._fired = folder / "fired"
        self._passed = folder / "passed"
        self._noted: set[str] = set()

    def look(self, seam: Seam, modes: frozenset[Mode]) -> None:
        """Go on, or die, or raise what the call raises when it fails."""
        for name in sorted(os.listdir(self._armed)):  # noqa: PTH208 - ten times a message, and nearly always empty
            arm = Arm.read(name)
            if arm.point is seam.point and arm.mode in modes and arm.call in ("", seam.call) and self._is_ours(name):
                _break(seam, arm)

    def note(self, seam: Seam) -> None:
        """Leave a mark that the call was passed."""
        name = f"{seam.point}-{seam.call}"
        if name not in self._noted:
            self._noted.add(name)
            (self._passed / name).touch()

    def _is_ours(self, name: str) -> bool:
        """Claim an arm; another call, or another instance of the room, may have been faster."""
        try:
            (self._armed / name).rename(self._fired / name)
        except FileNotFoundError:
            return False
        return True


def install(room: str, folder: Path) -> None:
    """Put a gate around every call of the room's table."""
    gate = Gate(folder / room)
    for seam in SEAMS[room]:
        owner, name = _owner(seam.where)
        setattr(owner, name, guarded(getattr(owner, name), seam, gate))


def guarded(call: Call, seam: Seam, gate: Gate) -> Call:
    """Return the call with a gate before and after it; what did not happen cannot break afterwards."""

    @functools.wraps(call)
    async def passing(*args: Any, **more: Any) -> Any:
        if not seam.only(args):
            return await call(*args, **more)
        gate.note(seam)
        gate.look(seam, BEFORE)
        result = await call(*args, **more)
        if seam.did(result):
            gate.look(seam, AFTER)
        return result

    return passing


def command(room: str) -> list[str]:
    """Return the command that runs a room with its failpoints."""
    return [sys.executable, "-m", "tests.faults.room", room]


def main() -> None:
    """Run the room that is named on the command line."""
    room = sys.argv[1]
    install(room, Path(os.environ[FOLDER]))
    app = import_module(f"services.{room}.app")
    run(room, app.Settings, app.build)


def _break(seam: Seam, arm: Arm) -> NoReturn:
    if arm.mode in KILLS:
        os.kill(os.getpid(), signal.SIGKILL)
    if seam.connection:
        _lose_broker()
    module, _, name = seam.error.partition(":")
    raise getattr(import_module(module), name)(f"failpoint {arm}")


def _lose_broker() -> None:
    """Cut every connection to the broker: a settled or heard message is lost with it, and comes again."""
    port = urlsplit(os.environ["AFTERWORD_RABBITMQ_URL"]).port or AMQP
    for connection in psutil.Process().net_connections("tcp"):
        if connection.raddr and connection.raddr.port == port and connection.status == psutil.CONN_ESTABLISHED:
            with socket.socket(fileno=os.dup(connection.fd)) as other_end:
                other_end.shutdown(socket.SHUT_RDWR)


def _owner(where: str) -> tuple[Any, str]:
    """Return what holds the call, a class or a module, and the call's name there."""
    module, _, path = where.partition(":")
    *holders, name = path.split(".")
    return functools.reduce(getattr, holders, import_module(module)), name


if __name__ == "__main__":
    main()
