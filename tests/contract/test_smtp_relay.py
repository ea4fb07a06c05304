"""Mail over a real relay on this machine that does whatever the test tells it to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from services.distribution.adapters import SmtpMailer
from services.distribution.adapters.relay import MAILS_A_CONNECTION
from services.distribution.domain import Outcome, Relay

HOST = "127.0.0.1"
SENDER, RECIPIENT = "postmortems@example.com", "a@example.com"
MAIL = b"Subject: x\r\nMessage-ID: <1@example.com>\r\n\r\nFirst.\r\n.\r\n..dots\r\nlast\r\n"
DROP, HANG = "drop", "hang"
TIMEOUT = 0.5


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


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    await server.start()
    yield server
    await server.stop()


def a_mailer(port: int, timeout: float = 5.0, **fields: Any) -> SmtpMailer:
    return SmtpMailer(Relay(host=HOST, port=port, **fields), timeout=timeout)


async def assert_next_mail_gets_through(mailer: SmtpMailer, server: Server) -> None:
    before = len(server.kept)
    result = await mailer.send(SENDER, RECIPIENT, MAIL)
    assert result.outcome is Outcome.ACCEPTED
    assert server.kept[before:] == [(SENDER, [RECIPIENT], MAIL)]
    await mailer.close()
    assert not mailer.client.is_connected


async def test_an_accepted_mail_arrives_byte_for_byte(server: Server) -> None:
    mailer = a_mailer(server.port)
    result = await mailer.send(SENDER, RECIPIENT, MAIL)
    assert (result.outcome, result.reply) == (Outcome.ACCEPTED, "250 kept")
    assert server.kept == [(SENDER, [RECIPIENT], MAIL)]
    await assert_next_mail_gets_through(mailer, server)
    assert server.greeted == 1


@pytest.mark.parametrize(
    ("phase", "answer", "outcome"),
    [
        ("greeting", "554 no", Outcome.STOP),
        ("greeting", "421 busy", Outcome.AWAY),
        ("greeting", DROP, Outcome.AWAY),
        ("mail", "450 later", Outcome.RETRY),
        ("mail", "550 not you", Outcome.STOP),
        ("mail", "421 bye", Outcome.RETRY),
        ("mail", DROP, Outcome.RETRY),
        ("rcpt", "450 later", Outcome.RETRY),
        ("rcpt", "550 unknown", Outcome.FAILED),
        ("rcpt", "421 bye", Outcome.RETRY),
        ("rcpt", DROP, Outcome.RETRY),
        ("data", "451 later", Outcome.RETRY),
        ("data", "550 no", Outcome.FAILED),
        ("data", "421 bye", Outcome.RETRY),
        ("data", DROP, Outcome.UNKNOWN),
        ("text", DROP, Outcome.UNKNOWN),
        ("dot", "451 later", Outcome.RETRY),
        ("dot", "552 too large", Outcome.FAILED),
        ("dot", "421 bye", Outcome.RETRY),
        ("dot", DROP, Outcome.UNKNOWN),
    ],
)
async def test_what_the_relay_does_has_its_outcome_and_the_next_mail_gets_through(
    server: Server, phase: str, answer: str, outcome: Outcome
) -> None:
    mailer = a_mailer(server.port)
    server.script = {phase: answer}
    result = await mailer.send(SENDER, RECIPIENT, MAIL)
    assert (result.outcome, server.script, server.kept) == (outcome, {}, [])
    if answer != DROP:
        assert answer in result.reply
    await assert_next_mail_gets_through(mailer, server)


@pytest.mark.parametrize(
    ("phase", "outcome"),
    [("greeting", Outcome.AWAY), ("mail", Outcome.RETRY), ("rcpt", Outcome.RETRY), ("dot", Outcome.UNKNOWN)],
)
async def test_a_relay_that_falls_silent_is_given_up_and_the_next_mail_gets_through(
    server: Server, phase: str, outcome: Outcome
) -> None:
    mailer = a_mailer(server.port, TIMEOUT)
    server.script = {phase: HANG}
    result = await mailer.send(SENDER, RECIPIENT, MAIL)
    assert (result.outcome, server.kept) == (outcome, [])
    await assert_next_mail_gets_through(mailer, server)


async def test_a_failure_on_a_used_connection_is_like_one_on_a_new_one(server: Server) -> None:
    mailer = a_mailer(server.port)
    for phase, answer, outcome in (
        ("rcpt", "550 unknown", Outcome.FAILED),
        ("dot", "451 later", Outcome.RETRY),
        ("mail", "550 not you", Outcome.STOP),
        ("rcpt", DROP, Outcome.RETRY),
    ):
        assert (await mailer.send(SENDER, RECIPIENT, MAIL)).outcome is Outcome.ACCEPTED
        server.script = {phase: answer}
        assert (await mailer.send(SENDER, RECIPIENT, MAIL)).outcome is outcome
    assert server.greeted == 1
    await assert_next_mail_gets_through(mailer, server)
    assert server.greeted == 2


async def test_nobody_there_is_away_and_once_somebody_is_there_mail_gets_through() -> None:
    server = Server()
    await server.start()
    port = server.port
    await server.stop()
    mailer = a_mailer(port)
    assert (await mailer.send(SENDER, RECIPIENT, MAIL)).outcome is Outcome.AWAY
    server = Server()
    await server.start(port)
    await assert_next_mail_gets_through(mailer, server)
    await server.stop()


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com\r\nRCPT TO:<evil@example.com>",
        "a@example.com\nDATA",
        "a b@example.com",
        "A <a@example.com>",
        "a@example.com, b@example.com",
        "",
        "ü@example.com",
    ],
)
async def test_a_bad_address_never_reaches_the_wire(server: Server, address: str) -> None:
    mailer = a_mailer(server.port)
    assert (await mailer.send(SENDER, address, MAIL)).outcome is Outcome.FAILED
    assert (server.greeted, server.heard) == (0, [])
    await assert_next_mail_gets_through(mailer, server)


async def test_tls_that_is_required_and_not_offered_stops_all_mail(server: Server) -> None:
    mailer = a_mailer(server.port, tls="required")
    result = await mailer.send(SENDER, RECIPIENT, MAIL)
    assert (result.outcome, server.heard) == (Outcome.STOP, [])
    await assert_next_mail_gets_through(a_mailer(server.port, tls="auto"), server)


async def test_a_relay_that_speaks_no_tls_at_the_door_stops_all_mail(server: Server) -> None:
    mailer = SmtpMailer(Relay(host=HOST, port=server.port, tls="implicit"), ssl.create_default_context(), TIMEOUT)
    assert (await mailer.send(SENDER, RECIPIENT, MAIL)).outcome is Outcome.STOP


async def test_a_name_for_a_relay_that_asks_for_none_stops_all_mail(server: Server) -> None:
    result = await a_mailer(server.port, username="me", password="secret").send(SENDER, RECIPIENT, MAIL)
    assert (result.outcome, server.heard) == (Outcome.STOP, [])


@pytest.mark.parametrize(("password", "outcome"), [("right", Outcome.ACCEPTED), ("wrong", Outcome.STOP)])
async def test_a_wrong_password_stops_all_mail_and_is_not_told(server: Server, password: str, outcome: Outcome) -> None:
    def check(connection: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    server.options = {"authenticator": check, "auth_require_tls": False}
    mailer = a_mailer(server.port, username="me", password=password)
    result = await mailer.send(SENDER, RECIPIENT, MAIL)
    assert result.outcome is outcome
    assert password not in result.reply
    await mailer.close()


async def test_a_connection_is_used_for_so_many_mails_and_then_renewed(server: Server) -> None:
    mailer = a_mailer(server.port)
    for _ in range(MAILS_A_CONNECTION + 1):
        assert (await mailer.send(SENDER, RECIPIENT, MAIL)).outcome is Outcome.ACCEPTED
    assert (server.greeted, len(server.kept)) == (2, MAILS_A_CONNECTION + 1)
    await mailer.close()


async def test_whoever_is_cancelled_leaves_no_connection_out_of_step(server: Server) -> None:
    mailer = a_mailer(server.port)
    server.script = {"dot": HANG}
    sending = asyncio.create_task(mailer.send(SENDER, RECIPIENT, MAIL))
    while server.script:
        await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert not mailer.client.is_connected
    await assert_next_mail_gets_through(mailer, server)
