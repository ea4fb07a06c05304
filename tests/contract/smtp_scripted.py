"""A relay on this machine that does whatever the test tells it to."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
DROP, HANG = "drop", "hang"


class Server:
    """A relay; `script` says for one phase what it answers once, DROP and HANG included."""

    def __init__(self) -> None:
        self.script: dict[str, str] = {}
        self.options: dict[str, Any] = {}
        self.heard: list[tuple[str, str]] = []
        self.kept: list[tuple[str, list[str], bytes]] = []
        self.greeted = 0
        self.connections: list[asyncio.BaseTransport] = []
        self.over = asyncio.Event()
        self.port = 0

    async def start(self, port: int = 0) -> None:
        loop = asyncio.get_running_loop()
        self.listener = await loop.create_server(lambda: Connection(self, loop), HOST, port)
        self.port = self.listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.over.set()
        self.listener.close()
        for transport in self.connections:
            transport.close()
        await self.listener.wait_closed()

    async def act(self, phase: str, connection: Connection, otherwise: str) -> str:
        """Return the answer of the script, or drop the connection, or wait for the end."""
        answer = self.script.pop(phase, otherwise)
        if answer == HANG:
            await self.over.wait()
        if answer in (DROP, HANG):
            connection.drop()
        return answer

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: Connection, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.heard.append(("mail", address))
        answer = await self.act("mail", server, "250 ok")
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: Connection, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.heard.append(("rcpt", address))
        answer = await self.act("rcpt", server, "250 ok")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Connection, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await self.act("dot", server, "250 kept")
        if answer.startswith("250"):
            content = envelope.original_content
            assert content is not None
            self.kept.append((str(envelope.mail_from), envelope.rcpt_tos, content))
        return answer


class Connection(SMTP):
    """One connection; says nothing more once it is dropped."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(server, hostname="relay.example.com", loop=loop, **server.options)
        self.server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.server.connections.append(transport)
        super().connection_made(transport)

    def drop(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def push(self, status: Any) -> None:
        if isinstance(status, str) and status.startswith("220 "):
            self.server.greeted += 1
            status = await self.server.act("greeting", self, status)
        if status in (DROP, HANG):
            return
        await super().push(status)
        if isinstance(status, str) and status[:3] in ("421", "554") and self.transport:
            self.transport.close()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        answer = await self.server.act("data", self, "")
        if answer:
            await self.push(answer)
        elif self.server.script.pop("text", None):
            await self.push("354 go on")
            await self._reader.readline()
            self.drop()
        else:
            await super().smtp_DATA(arg)
