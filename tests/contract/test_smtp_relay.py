"""Mail over a real relay on this machine that does whatever the test tells it to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from services.distribution.adapters import SmtpMailer
from services.distribution.adapters.smtp.mailer import MAILS_A_CONNECTION
from services.distribution.domain import Outcome, Parcel, Relay, Result
from tests.contract.smtp_scripted import DROP, EXTENSIONS, HANG, HOST, Server

SENDER, RECIPIENT = "postmortems@example.com", "a@example.com"
MAIL = b"Subject: x\r\nMessage-ID: <1@example.com>\r\n\r\nFirst.\r\n.\r\n..dots\r\nlast\r\n"
TIMEOUT = 0.2


@pytest.fixture(params=EXTENSIONS)
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    server = Server(EXTENSIONS[request.param])
    await server.start()
    yield server
    await server.stop()


def a_mailer(port: int, timeout: float = 5.0, **fields: Any) -> SmtpMailer:
    return SmtpMailer(Relay(host=HOST, port=port, **fields), timeout=timeout)


async def send(mailer: SmtpMailer, recipient: str = RECIPIENT) -> Result:
    """Send one mail to one person."""
    ((result,),) = await mailer.send([Parcel(SENDER, (recipient,), MAIL)])
    return result


def is_chunked(server: Server) -> bool:
    """Say whether mail goes out in BDAT, all at once."""
    return "CHUNKING" in server.extensions


async def assert_next_mail_gets_through(mailer: SmtpMailer, server: Server) -> None:
    before = len(server.kept)
    result = await send(mailer)
    assert result.outcome is Outcome.ACCEPTED
    assert server.kept[before:] == [(SENDER, [RECIPIENT], MAIL)]
    await mailer.close()
    assert not mailer.is_connected


async def test_an_accepted_mail_arrives_byte_for_byte(server: Server) -> None:
    mailer = a_mailer(server.port)
    result = await send(mailer)
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
        ("mail", DROP, Outcome.AWAY),
        ("rcpt", "450 later", Outcome.RETRY),
        ("rcpt", "550 unknown", Outcome.FAILED),
        ("rcpt", "421 bye", Outcome.RETRY),
        ("rcpt", DROP, Outcome.AWAY),
        ("data", "451 later", Outcome.RETRY),
        ("data", "550 no", Outcome.FAILED),
        ("data", "421 bye", Outcome.RETRY),
        ("data", DROP, Outcome.AWAY),
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
    if phase == "data" and is_chunked(server):
        return  # there is no such phase
    mailer = a_mailer(server.port)
    server.script = {phase: answer}
    result = await send(mailer)
    if answer == DROP and phase in ("mail", "rcpt") and is_chunked(server):
        outcome = Outcome.UNKNOWN  # the whole mail was on its way
    assert (result.outcome, server.script, server.kept) == (outcome, {}, [])
    if answer != DROP:
        assert answer in result.reply
    await assert_next_mail_gets_through(mailer, server)


@pytest.mark.parametrize(
    ("phase", "outcome"),
    [("greeting", Outcome.AWAY), ("mail", Outcome.AWAY), ("rcpt", Outcome.AWAY), ("dot", Outcome.UNKNOWN)],
)
async def test_a_relay_that_falls_silent_is_given_up_and_the_next_mail_gets_through(
    server: Server, phase: str, outcome: Outcome
) -> None:
    mailer = a_mailer(server.port, TIMEOUT)
    server.script = {phase: HANG}
    result = await send(mailer)
    if phase in ("mail", "rcpt") and is_chunked(server):
        outcome = Outcome.UNKNOWN
    assert (result.outcome, server.kept) == (outcome, [])
    await assert_next_mail_gets_through(mailer, server)


@pytest.mark.parametrize(
    ("phase", "answer", "outcome"),
    [
        ("rcpt", "550 unknown", Outcome.FAILED),
        ("dot", "451 later", Outcome.RETRY),
        ("mail", "550 not you", Outcome.STOP),
    ],
)
async def test_a_refusal_on_a_used_connection_leaves_it_in_step(
    server: Server, phase: str, answer: str, outcome: Outcome
) -> None:
    mailer = a_mailer(server.port)
    assert (await send(mailer)).outcome is Outcome.ACCEPTED
    server.script = {phase: answer}
    assert (await send(mailer)).outcome is outcome
    await assert_next_mail_gets_through(mailer, server)
    assert server.greeted == 1


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("answer", [DROP, "421 bye"])
async def test_a_used_connection_that_closes_before_the_end_of_a_mail_is_renewed_without_a_word(
    server: Server, phase: str, answer: str
) -> None:
    if is_chunked(server) and (answer == DROP or phase == "data"):
        return  # the end of the mail is on its way then
    mailer = a_mailer(server.port)
    assert (await send(mailer)).outcome is Outcome.ACCEPTED
    server.script = {phase: answer}
    assert (await send(mailer)).outcome is Outcome.ACCEPTED
    assert (server.greeted, len(server.kept), server.script) == (2, 2, {})
    await mailer.close()


async def test_a_mail_at_which_new_connections_break_twice_waits_alone() -> None:
    server = Server()
    await server.start()
    mailer = a_mailer(server.port)
    parcels = [Parcel(SENDER, (each,), MAIL) for each in ("poison@example.com", RECIPIENT)]
    server.refuses = {"poison@example.com": DROP}
    assert [row[0].outcome for row in await mailer.send(parcels)] == [Outcome.AWAY, Outcome.AWAY]
    assert [row[0].outcome for row in await mailer.send(parcels)] == [Outcome.RETRY, Outcome.AWAY]
    await assert_next_mail_gets_through(mailer, server)
    await server.stop()


async def test_nobody_there_is_away_and_once_somebody_is_there_mail_gets_through() -> None:
    server = Server()
    await server.start()
    port = server.port
    await server.stop()
    mailer = a_mailer(port)
    assert (await send(mailer)).outcome is Outcome.AWAY
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
        "@example.com",
        "a@",
        "a@b@example.com",
        '"a b"@example.com',
        "a@exam\u2028ple.com",
        "a" * 255 + "@example.com",
    ],
)
async def test_a_bad_address_never_reaches_the_wire(server: Server, address: str) -> None:
    mailer = a_mailer(server.port)
    assert (await send(mailer, address)).outcome is Outcome.FAILED
    assert (server.greeted, server.heard) == (0, [])
    await assert_next_mail_gets_through(mailer, server)


async def test_tls_that_is_required_and_not_offered_stops_all_mail(server: Server) -> None:
    mailer = a_mailer(server.port, tls="required")
    result = await send(mailer)
    assert (result.outcome, server.heard) == (Outcome.STOP, [])
    await assert_next_mail_gets_through(a_mailer(server.port, tls="auto"), server)


async def test_a_relay_that_speaks_no_tls_at_the_door_stops_all_mail(server: Server) -> None:
    mailer = SmtpMailer(Relay(host=HOST, port=server.port, tls="implicit"), ssl.create_default_context(), TIMEOUT)
    assert (await send(mailer)).outcome is Outcome.STOP


async def test_a_name_for_a_relay_that_asks_for_none_stops_all_mail(server: Server) -> None:
    result = await send(a_mailer(server.port, username="me", password="secret"))
    assert (result.outcome, server.heard) == (Outcome.STOP, [])


@pytest.mark.parametrize(("password", "outcome"), [("right", Outcome.ACCEPTED), ("wrong", Outcome.STOP)])
async def test_a_wrong_password_stops_all_mail_and_is_not_told(server: Server, password: str, outcome: Outcome) -> None:
    def check(connection: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    server.options = {"authenticator": check, "auth_require_tls": False}
    mailer = a_mailer(server.port, username="me", password=password, tls="none")
    result = await send(mailer)
    assert result.outcome is outcome
    assert password not in result.reply
    await mailer.close()


async def test_a_connection_is_used_for_so_many_mails_and_then_renewed(server: Server) -> None:
    mailer = a_mailer(server.port)
    for _ in range(MAILS_A_CONNECTION + 1):
        assert (await send(mailer)).outcome is Outcome.ACCEPTED
    assert (server.greeted, len(server.kept)) == (2, MAILS_A_CONNECTION + 1)
    await mailer.close()


async def test_whoever_is_cancelled_leaves_no_connection_out_of_step(server: Server) -> None:
    mailer = a_mailer(server.port)
    server.script = {"dot": HANG}
    sending = asyncio.create_task(send(mailer))
    while server.script:
        await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert not mailer.is_connected
    await assert_next_mail_gets_through(mailer, server)
