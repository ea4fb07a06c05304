"""What a check finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from shared.trouble import Trouble


class State(StrEnum):
    """How bad it is. FAILED: something does not work. WARNING: it will not, or it could not be looked at."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `where` names host and port, user, queue or file; `help` is a command."""

    check: str
    state: State
    what: str
    where: str = ""
    help: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it as it is printed by `--json`."""
        return asdict(self)


Check = Callable[[], Awaitable[Sequence[Finding]]]


def ok(check: str, what: str, where: str = "") -> Finding:
    """Return that something is as it should be."""
    return Finding(check, State.OK, what, where)


def warning(check: str, what: str, where: str = "", help: str = "") -> Finding:
    """Return that something should be looked at."""
    return Finding(check, State.WARNING, what, where, help)


def failed(check: str, what: str, where: str = "", help: str = "") -> Finding:
    """Return that something does not work."""
    return Finding(check, State.FAILED, what, where, help)


def of(check: str, trouble: Trouble) -> Finding:
    """Return the trouble with a server, in the words of a room's start."""
    return failed(check, trouble.what, trouble.where, trouble.help)
