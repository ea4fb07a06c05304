"""A connection to a relay behind its greeting: what is written to it, and what it answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.distribution.adapters.smtp.envelope import QUIT
from services.distribution.adapters.smtp.offers import Offers
from services.distribution.adapters.smtp.replies import CLOSING, GO_ON, REFUSALS, GarbageError, Replies, Reply

GOODBYE_S = 5.0


class BrokenError(Exception):
    """Nothing more is to be had from this connection; says why."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a reply is waited for, in seconds.

    The one to the end of a mail is waited for ten times as long (RFC 5321 section 4.5.3.2.6): whoever leaves
    earlier does not know whether the mail was taken, and sends it twice.
    """

    reply: float

    @property
    def end(self) -> float:
        """How long for the reply to the end of a mail."""
        return 10 * self.reply


class Link(asyncio.Protocol):
    """Takes over the transport that the library has opened. Replies come in the order of the commands.

    `is_open` says that a transaction was begun on it and not seen to end; `accepted` counts the mails it took.
    """

    def __init__(self, transport: asyncio.Transport, offers: Offers, patience: Patience) -> None:
        self.offers = offers
        self.accepted = 0
        self.transactions = 0
        self.is_open = False
        self._patience = patience
        self._transport = transport
        self._replies = Replies()
        self._trouble: str | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        transport.set_protocol(self)

    @property
    def is_fit(self) -> bool:
        """Say whether another mail may be begun: a reply that nobody asked for would be taken for another's."""
        return self._trouble is None and not self._replies.ready and not self._transport.is_closing()

    async def write(self, data: bytes) -> None:
        """Send bytes, and wait while there is no room for more. Raises: BrokenError."""
        if self._transport.is_closing():
            self._end("the connection is closed")
        if self._trouble is not None:
            raise BrokenError(self._trouble)
        self._transport.write(data)
        await self._wait(self._room, self._patience.reply, "takes nothing more")

    async def reply(self) -> Reply:
        """Return the next reply, yes or no. Raises: BrokenError."""
        return self._in_step(await self._reply(self._patience.reply), is_go_on=False)

    async def go_on(self) -> Reply:
        """Return the reply to DATA: 354 or no. Raises: BrokenError."""
        return self._in_step(await self._reply(self._patience.reply), is_go_on=True)

    async def last_reply(self) -> Reply:
        """Return the reply to the end of a mail, which may take long. Raises: BrokenError."""
        return self._in_step(await self._reply(self._patience.end), is_go_on=False)

    async def ask(self, command: bytes) -> Reply:
        """Send one command and return its reply. Raises: BrokenError."""
        await self.write(command)
        return await self.reply()

    async def quit(self) -> None:
        """Say goodbye, and close: once, for asyncio of Python 3.11.2 cannot abort a TLS connection closed twice."""
        try:
            self._patience = Patience(min(GOODBYE_S, self._patience.reply))
            await self.ask(QUIT)
        except BrokenError:  # whoever is gone needs no goodbye
            self._transport.abort()
        if not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        """Close at once: the relay and we are out of step."""
        self._transport.abort()

    async def _reply(self, patience: float) -> Reply:
        while not self._replies.ready:
            if self._trouble is not None:
                raise BrokenError(self._trouble)
            self._news.clear()
            await self._wait(self._news, patience, "does not answer")
        reply = self._replies.ready.popleft()
        if reply.code == CLOSING:
            self._end(str(reply))
        return reply

    def _in_step(self, reply: Reply, *, is_go_on: bool) -> Reply:
        if reply.code < REFUSALS and is_go_on != (reply.code == GO_ON):
            self._end(f"the relay is out of step: {reply}")
            self._replies.ready.clear()  # whose they are cannot be told
            self.abort()
            raise BrokenError(self._trouble)
        return reply

    async def _wait(self, event: asyncio.Event, patience: float, what: str) -> None:
        if event.is_set():
            return
        try:
            async with asyncio.timeout(patience):
                await event.wait()
        except TimeoutError:
            self._end(f"the relay {what} for {patience:g} seconds")
            self._transport.abort()

    def _end(self, why: str) -> None:
        self._trouble = self._trouble or why
        self._news.set()
        self._room.set()

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        try:
            self._replies.feed(data)
        except GarbageError as error:
            self._end(str(error))
            self._transport.abort()
        self._news.set()

    def eof_received(self) -> None:
        """The relay says nothing more; the transport closes itself."""
        self._end("the relay closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._end(f"the connection is lost: {exc}" if exc else "the connection is closed")

    def pause_writing(self) -> None:
        """The buffer is full."""
        self._room.clear()

    def resume_writing(self) -> None:
        """The buffer has room again."""
        self._room.set()
