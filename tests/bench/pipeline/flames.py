"""Flame graphs of the rooms while incidents go through them: what holds the interpreter, function by function."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local.rooms import ROOMS

PER_SECOND = 100


@contextmanager
def drawn(pids: Mapping[str, Sequence[int]], folder: Path | None, after_s: float, for_s: float) -> Iterator[None]:
    """Draw each room into `folder`, after some seconds and for some, with py-spy, which has to be there."""
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as drawing:
        for room in ROOMS:
            command = _command(pids[room][0], folder / f"{room}.svg", for_s)
            waiting = ["sh", "-c", f'sleep {after_s}; exec "$@"', "sh", *command]
            drawing.enter_context(subprocess.Popen(waiting, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        yield


def _command(pid: int, file: Path, seconds: float) -> list[str]:
    how = ["--gil", "--function", "--rate", str(PER_SECOND), "--duration", str(round(seconds))]
    return ["py-spy", "record", *how, "--output", str(file), "--pid", str(pid)]
