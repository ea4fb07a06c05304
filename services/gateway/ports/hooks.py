"""What telling subscribers needs from the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from services.gateway.domain.hooks import Endpoint, Request


class Unreachable(Exception):
    """A subscriber does not answer, or is not to be asked right now."""


class Barred(Exception):
    """A subscriber is where nothing may be called."""


class Caller(Protocol):
    """The way out to subscribers."""

    async def call(self, endpoint: Endpoint, request: Request) -> int:
        """Send once, follow nothing, return the HTTP status; no more of the answer is kept.

        Raises: Unreachable, Barred.
        """


class Calls(Protocol):
    """Remembers which calls are done with, for longer than anything is news."""

    async def is_done(self, id: str) -> bool:
        """Say whether a call was taken."""

    async def done(self, id: str) -> None:
        """Remember that a call was taken; safe to repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """Everything that telling subscribers needs; `endpoints` by name."""

    endpoints: Mapping[str, Endpoint]
    caller: Caller
    calls: Calls
