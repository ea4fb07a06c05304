"""The log as sealing reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from aio_pika.abc import AbstractConnection

from deploy.operate.log import end_of
from deploy.operate.log_parts import Entry, parts
from deploy.operate.pace import pace


class Log(Protocol):
    """Messages in the order in which they were said, each at a place; places only grow, and need not be all there."""

    async def end(self) -> int:
        """Return a place behind everything that was said before."""

    def entries(self, begin: int, end: int) -> AsyncIterator[Entry]:
        """Yield what stands from one place up to, not including, another; what the log has forgotten is left out."""


class StreamLog:
    """The stream `afterword.log`, without the marks of those who read it."""

    def __init__(self, connection: AbstractConnection) -> None:
        self.connection = connection

    async def end(self) -> int:
        """Return a place behind everything that was said before. Raises: LocalError when there is no log."""
        return await end_of(self.connection)

    async def entries(self, begin: int, end: int) -> AsyncIterator[Entry]:
        """Yield what stands from one place up to another. Raises: LocalError when the log stops to answer."""
        with pace("reading the log", end - begin) as advance:
            async for part in parts(self.connection, begin, end):
                for message in part:
                    if message.exchange:
                        yield Entry.of(message)
                advance(len(part))
