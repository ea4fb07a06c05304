"""A relay that keeps to the standards, says no at will, and breaks at any byte; it knows what it took."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from tests.contract.smtp_scripted import HOST


@dataclass
class Taken:
    """A mail that the relay took, and for whom."""

    recipients: list[str]
    mail: bytes


@dataclass
class Plan:
    """`answers` in turn for MAIL, RCPT, DATA and the end of mails; after them always yes.

    `reads` and `writes` are after how many bytes the connections break in turn; None for one that lasts.
    """

    answers: Sequence[int] = ()
    reads: Sequence[int | None] = ()
    writes: Sequence[int | None] = ()


@dataclass
class FaultyRelay:
    """Serves one plan."""

    extensions: tuple[str, ...]
    plan: Plan
    taken: list[Taken] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answers = iter(self.plan.answers)
        self.cuts = iter(zip(self.plan.reads, self.plan.writes, strict=True))
        self.sessions: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._serve, HOST, 0)
        self.port: int = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        for session in self.sessions:
            session.cancel()
        await asyncio.gather(*self.sessions, return_exceptions=True)
        await self.server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.sessions.add(task)
        reads, writes = next(self.cuts, (None, None))
        try:
            await Conversation(self, reader, writer, reads, writes).run()
        except (CutError, ConnectionError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            writer.close()
            self.sessions.discard(task)


class CutError(Exception):
    """The connection ends here."""


class Conversation:
    """One connection."""

    def __init__(
        self,
        relay: FaultyRelay,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        reads: int | None,
        writes: int | None,
    ) -> None:
        self.relay = relay
        self.reader = reader
        self.writer = writer
        self.reads = reads
        self.writes = writes
        self.has_sender = False
        self.recipients: list[str] = []

    async def run(self) -> None:
        """Greet, and answer until the end."""
        await self.say("220 faulty")
        while line := await self.line():
            command, _, argument = line.decode().rstrip("\r\n").partition(" ")
            await getattr(self, f"on_{command.lower()}")(argument)

    async def on_ehlo(self, _: str) -> None:
        """Say what is offered."""
        lines = ["faulty", *self.relay.extensions, "SIZE"]
        await self.say("\r\n".join([*(f"250-{each}" for each in lines[:-1]), f"250 {lines[-1]}"]))

    async def on_quit(self, _: str) -> None:
        """Part."""
        await self.say("221 bye")
        raise CutError

    async def on_rset(self, _: str) -> None:
        """Forget the transaction."""
        self.forget()
        await self.say("250 forgotten")

    async def on_mail(self, _: str) -> None:
        """Begin a transaction; there may be none."""
        if self.has_sender:
            self.relay.wrongs.append("MAIL in a transaction")
        self.has_sender = await self.answer() < 300

    async def on_rcpt(self, argument: str) -> None:
        """Take a recipient of a transaction."""
        if not self.has_sender:
            await self.say("503 no MAIL")
        elif await self.answer() < 300:
            self.recipients.append(argument.partition("<")[2].partition(">")[0])

    async def on_data(self, _: str) -> None:
        """Take a mail up to its dot."""
        if not self.recipients:
            await self.say("554 no recipients")
            return
        if await self.answer(good=354) >= 400:
            return
        mail = b""
        while (line := await self.line()) != b".\r\n":
            mail += line[1:] if line.startswith(b".") else line
        await self.end(mail)

    async def on_bdat(self, argument: str) -> None:
        """Take a mail by its size."""
        size, last = argument.split()
        assert last == "LAST"
        mail = await self.exactly(int(size))
        if self.recipients:
            await self.end(mail)
        else:
            await self.say("503 no recipients")

    async def end(self, mail: bytes) -> None:
        """Decide; what is decided holds even if nobody hears it."""
        code = next(self.relay.answers, 250)
        if code < 300:
            self.relay.taken.append(Taken(self.recipients, mail))
        self.forget()
        await self.say(f"{code} of the end")
        self.hang_up(code)

    async def answer(self, good: int = 250) -> int:
        """Say what the plan says next, and return it."""
        code = next(self.relay.answers, good)
        code = good if code < 400 else code
        await self.say(f"{code} as planned")
        self.hang_up(code)
        return code

    def hang_up(self, code: int) -> None:
        """After 421 nothing more is said."""
        if code == 421:
            raise CutError

    def forget(self) -> None:
        """There is no transaction."""
        self.has_sender, self.recipients = False, []

    async def say(self, text: str) -> None:
        """Write a reply, or as much of it as the cut allows."""
        data = text.encode() + b"\r\n"
        allowed = data if self.writes is None else data[: self.writes]
        self.writer.write(allowed)
        await self.writer.drain()
        if len(allowed) < len(data):
            raise CutError
        self.writes = None if self.writes is None else self.writes - len(data)

    async def line(self) -> bytes:
        """Read a line."""
        return self.count(await self.reader.readline())

    async def exactly(self, size: int) -> bytes:
        """Read so many bytes."""
        return self.count(await self.reader.readexactly(size))

    def count(self, data: bytes) -> bytes:
        """Break when more was read than the cut allows."""
        if self.reads is not None:
            self.reads -= len(data)
            if self.reads < 0:
                raise CutError
        return data
