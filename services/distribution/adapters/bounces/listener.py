"""The way in by SMTP or LMTP: takes mail to return paths only, and answers when it is durable.

One recipient a transaction: LMTP wants an answer for each recipient, and what comes back comes to one return path.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from services.distribution.adapters.bounces.intake import Intake

log = structlog.get_logger(__name__)

LARGEST = 1024 * 1024
"""Bytes of a mail; whoever returns a larger one is asked to return its head only."""
PATIENCE_S = 60.0
MOST_CONNECTIONS = 50


class Listener:
    """Listens on one address while the room runs."""

    def __init__(self, host: str, port: int, intake: Intake) -> None:
        self.host = host
        self.port = port
        self.intake = intake
        self.server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen; safe to repeat. Raises: OSError when the address is taken."""
        if self.server is None:
            loop, door = asyncio.get_running_loop(), Door(self.intake)
            self.server = await loop.create_server(lambda: Conversation(door), self.host, self.port)
            self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Take no more; a mail that is not answered yet is sent again by whoever holds it."""
        if self.server:
            self.server.close()
            self.server = None


class Door:
    """What is answered to each command; the names are aiosmtpd's."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.open: set[Conversation] = set()

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take one return path of ours."""
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        if not self.intake.knows(address):
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the mail; say so when it is durable."""
        content = envelope.content
        mail = content.encode() if isinstance(content, str) else content or b""
        try:
            await self.intake.accept(envelope.rcpt_tos[0], mail)
        except Exception:
            log.exception("a returned mail could not be kept; whoever has it sends it again")
            return "451 4.3.0 Try again later"
        return "250 2.0.0 Taken"


class Conversation(SMTP):
    """One connection, in either language: LMTP is SMTP that greets otherwise (RFC 2033)."""

    def __init__(self, door: Door) -> None:
        super().__init__(door, data_size_limit=LARGEST, timeout=PATIENCE_S, ident="Afterword", enable_SMTPUTF8=True)
        self.door = door

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802
        """Greet a client that speaks LMTP."""
        await self.smtp_EHLO(arg)

    def connection_made(self, transport: Any) -> None:
        """Let in as many as can be served."""
        if len(self.door.open) >= MOST_CONNECTIONS:
            transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()
            return
        self.door.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Make room for another."""
        if self in self.door.open:
            self.door.open.discard(self)
            super().connection_lost(error)
