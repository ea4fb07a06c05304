"""Waiting for a server to be ready: bounded, and with the end of its log when it is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from deploy.local.errors import LocalError, tail
from deploy.local.ledger import Started, is_alive

PAUSE = 0.05


class NotYet(Exception):
    """A server answers, but is not ready."""


def wait_until(
    check: Callable[[], None],
    *,
    what: str,
    seconds: float,
    retry: tuple[type[Exception], ...],
    started: Started | None = None,
    log: Path | None = None,
) -> None:
    """Call `check` until it returns; it raises NotYet or one of `retry` while the server is not ready.

    Raises: LocalError with the last reason and the end of the log, when time is up or the process has ended.
    """
    end = time.monotonic() + seconds
    not_ready: tuple[type[Exception], ...] = (NotYet, *retry)
    while True:
        try:
            check()
        except not_ready as error:
            reason = f"{type(error).__name__}: {error}"
        else:
            return
        if started is not None and not is_alive(started):
            raise LocalError(_explained(f"{what} ended while it was starting", log))
        if time.monotonic() > end:
            raise LocalError(_explained(f"{what} was not ready within {seconds:.0f} s ({reason})", log))
        time.sleep(PAUSE)


def _explained(message: str, log: Path | None) -> str:
    return message if log is None else f"{message}; the end of {log}:\n{tail(log)}"
