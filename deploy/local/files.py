"""Files that only their owner reads, and that are never seen half-written."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.local.errors import LocalError


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step: a reader sees the old content or the new, nothing between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Any) -> None:
    """Write JSON that people can read, as `write_private` does."""
    write_private(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Return the content of a JSON file, or None when there is no such file.

    Raises: LocalError when it is damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except json.JSONDecodeError as error:
        msg = f"{path} is damaged ({error}); remove it and run the command again"
        raise LocalError(msg) from error


@contextmanager
def locked(path: Path, seconds: float = 180) -> Iterator[None]:
    """Hold a file lock, so that two commands do not work on one folder at once.

    Raises: LocalError when the other one does not end in time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    with path.open("w") as file:
        while not _taken(file.fileno()):
            if time.monotonic() > end:
                msg = f"another command still works in {path.parent}; try again when it has ended"
                raise LocalError(msg)
            time.sleep(0.1)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
