"""What can go wrong while servers and rooms are started or stopped."""

from __future__ import annotations

from pathlib import Path

TAIL = 12


class LocalError(Exception):
    """One clear line on what is wrong and what to do about it; more lines may follow (the end of a log)."""


def tail(log: Path, lines: int = TAIL) -> str:
    """Return the last lines of a log, indented, or what is known about its absence."""
    if not log.exists():
        return f"  (no log at {log})"
    last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return "\n".join(f"  {line}" for line in last) or f"  ({log} is empty)"
