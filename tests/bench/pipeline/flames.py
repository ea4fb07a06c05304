"""Flame graphs of the rooms while incidents go through them: what holds the interpreter, function by function."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local.errors import LocalError
from deploy.local.rooms import ROOMS

PY_SPY = Path(sys.executable).with_name("py-spy")
PER_SECOND = 100


@contextmanager
def drawn(pids: Mapping[str, Sequence[int]], folder: Path | None, after_s: float, for_s: float) -> Iterator[None]:
    """Draw each room into `folder`, after some seconds and for some. Raises: LocalError."""
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as drawing:
        drawers = {}
        for room in ROOMS:
            command = _command(pids[room][0], folder / f"{room}.svg", for_s)
            waiting = ["sh", "-c", f'sleep {after_s}; exec "$@"', "sh", *command]
            drawers[room] = drawing.enter_context(subprocess.Popen(waiting, stdout=subprocess.DEVNULL))
        yield
    if failed := [room for room, drawer in drawers.items() if drawer.returncode]:
        msg = f"py-spy did not draw {', '.join(failed)}; above it says why. Other users' processes it draws as root."
        raise LocalError(msg)


def _command(pid: int, file: Path, seconds: float) -> list[str]:
    how = ["--gil", "--function", "--rate", str(PER_SECOND), "--duration", str(round(seconds))]
    return [str(PY_SPY), "record", *how, "--output", str(file), "--pid", str(pid)]
