"""What is wrong with a server and what helps, in one sentence: at a room's start and from `afterword doctor`."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: `where`, `what`, and what a human does about it."""

    where: str
    what: str
    help: str

    def __str__(self) -> str:
        return f"{self.where} {self.what}: {self.help}"


class NotReady(Exception):
    """A server that a room needs does not serve it; says where, why, and what helps."""


def said(error: BaseException) -> str:
    """Return an error in one line, with its name when it has no words."""
    return " ".join(str(error).split()) or type(error).__name__


def line_trouble(where: str, error: BaseException, setting: str) -> Trouble | None:
    """Say why nobody is reached at an address; None when somebody is, and has said something else."""
    for cause in causes(error):
        if isinstance(cause, socket.gaierror):
            return Trouble(where, "has a name that nobody knows", f"put the right host into {setting}")
        if isinstance(cause, ssl.SSLError):
            return Trouble(where, f"does not get as far as TLS ({said(cause)})", f"see scheme and port in {setting}")
        if isinstance(cause, ConnectionRefusedError):
            return Trouble(where, "is not there (connection refused)", f"start it, or put its address into {setting}")
        if isinstance(cause, TimeoutError):
            return Trouble(where, "says nothing", f"see whether it is that server, and the firewalls; or set {setting}")
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it, the error first, each once.

    A library that keeps an error and raises it again elsewhere can make it a cause of its own cause.
    """
    following: BaseException | None = error
    seen: set[int] = set()
    while following is not None and id(following) not in seen:
        yield following
        seen.add(id(following))
        following = following.__cause__ or following.__context__
