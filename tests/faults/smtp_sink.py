"""A relay that takes every mail and keeps it: what it has is what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Copy:
    """A mail that was taken."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class Sink:
    """Whatever was taken, in its order. `refused` are recipients that it knows nothing of."""

    refused: frozenset[str] = frozenset()
    copies: list[Copy] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content
        assert content is not None
        self.copies.append(Copy(str(envelope.mail_from), tuple(envelope.rcpt_tos), content))
        return "250 2.0.0 kept"

    def to(self, recipient: str) -> list[Copy]:
        """Return what was taken for somebody."""
        return [copy for copy in self.copies if recipient in copy.recipients]


@asynccontextmanager
async def keeping(refused: frozenset[str] = frozenset()) -> AsyncIterator[Sink]:
    """Run a sink on a port of its own."""
    loop, sink = asyncio.get_running_loop(), Sink(refused)
    server = await loop.create_server(lambda: SMTP(sink, hostname="sink.example.com", loop=loop), HOST, 0)
    sink.port = server.sockets[0].getsockname()[1]
    yield sink
    server.close()
