"""A relay on this machine that does whatever the test tells it to, and offers what it is told to offer."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
DROP, HANG = "drop", "hang"
EXTENSIONS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "pipelining": ("PIPELINING",),
    "chunking": ("PIPELINING", "CHUNKING"),
}
"""The same battery runs over each way that mail can be sent."""


class Server:
    """A relay; `script` says for one phase what it answers once, DROP and HANG included.

    `refuses` says for an address what it is answered always; `heard` is all that was said, in order; `kept` what
    was taken.
    """

    def __init__(self, extensions: tuple[str, ...] = ()) -> None:
        self.extensions = extensions
        self.script: dict[str, str] = {}
        self.refuses: dict[str, str] = {}
        self.most_recipients = 1000
        self.options: dict[str, Any] = {}
        self.heard: list[tuple[str, str]] = []
        self.parameters: list[str] = []
        self.kept: list[tuple[str, list[str], bytes]] = []
        self.greeted = 0
        self.may_greet = asyncio.Event()
        self.may_greet.set()
        self.connections: list[asyncio.BaseTransport] = []
        self.over = asyncio.Event()
        self.port = 0

    async def start(self, port: int = 0, **how: Any) -> None:
        loop = asyncio.get_running_loop()
        self.listener = await loop.create_server(lambda: Connection(self, loop), HOST, port, **how)
        self.port = self.listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.over.set()
        self.may_greet.set()
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

    async def handle_EHLO(  # noqa: N802 - the library's name
        self, server: Connection, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *(f"250-{each}" for each in self.extensions), responses[-1]]

    async def handle_MAIL(  # noqa: N802
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
        otherwise = self.refuses.get(address, "250 ok")
        if len(envelope.rcpt_tos) >= self.most_recipients:
            otherwise = "452 4.5.3 too many recipients"
        answer = await self.act("rcpt", server, otherwise)
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
        self.has_greeted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.server.connections.append(transport)
        super().connection_made(transport)

    def drop(self) -> None:
        if self.transport is not None:
            cast("asyncio.Transport", self.transport).abort()

    async def push(self, status: Any) -> None:
        if not self.has_greeted:
            self.has_greeted = True
            await self.server.may_greet.wait()
            self.server.greeted += 1
            status = await self.server.act("greeting", self, status)
        if status in (DROP, HANG):
            return
        await super().push(status)
        if isinstance(status, str) and status[:3] in ("421", "554") and self.transport:
            self.transport.close()

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        await super().smtp_MAIL(self._without_dsn(arg))

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        await super().smtp_RCPT(self._without_dsn(arg))

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        self.server.heard.append(("data", arg or ""))
        answer = await self.server.act("data", self, "")
        if answer:
            await self.push(answer)
        elif self.server.script.pop("text", None):
            await self.push("354 go on")
            await self._reader.readline()
            self.drop()
        else:
            await super().smtp_DATA(arg)

    async def smtp_BDAT(self, arg: str | None) -> None:  # noqa: N802
        """Take a chunk, which is the whole mail here (RFC 3030)."""
        self.server.heard.append(("bdat", arg or ""))
        assert self.envelope is not None
        size, last = (arg or "").split()
        assert last == "LAST"
        if self.server.script.pop("text", None):
            await self._reader.readexactly(10)
            self.drop()
            return
        content = await self._reader.readexactly(int(size))
        envelope = self.envelope
        if not envelope.rcpt_tos:
            await self.push("503 need RCPT")
            return
        envelope.content = envelope.original_content = content
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        assert self.session is not None
        await self.push(await self.server.handle_DATA(self, self.session, envelope))

    def _without_dsn(self, arg: str | None) -> str | None:
        """Note the parameters, and leave those that the library does not know."""
        address, *parameters = (arg or "").split(" ")
        self.server.parameters += parameters
        known = [each for each in parameters if each.startswith(("SIZE", "BODY", "SMTPUTF8"))]
        return " ".join((address, *known))
