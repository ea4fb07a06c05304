"""Being let in: TLS that is verified, and each kind of proof."""

from __future__ import annotations

import base64
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from aiosmtpd.smtp import AuthResult, LoginPassword

from services.distribution.adapters import SmtpMailer
from services.distribution.adapters.smtp import FileToken, IssuedToken, NoToken, Provider, Token, TokenAway
from services.distribution.domain import Outcome, Parcel, Relay, Result
from tests.contract.smtp_scripted import HOST, Server

MAIL = b"Subject: x\r\n\r\nx\r\n"
CA = trustme.CA()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server(("PIPELINING",))
    yield server
    await server.stop()


def server_context(name: str = HOST) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(name).configure_cert(context)
    return context


def trusting(ca: trustme.CA | None) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=ca.cert_pem.bytes().decode() if ca else None)


async def send(
    server: Server, *, context: ssl.SSLContext | None = None, token: Token | None = None, **fields: Any
) -> Result:
    mailer = SmtpMailer(Relay(host=HOST, port=server.port, **fields), context, 5.0, token=token)
    ((result,),) = await mailer.send([Parcel("a@example.com", ("b@example.com",), MAIL)])
    await mailer.close()
    return result


@pytest.mark.parametrize("tls", ["auto", "required"])
async def test_starttls_is_used_and_verified_against_our_own_ca(server: Server, tls: str) -> None:
    server.options = {"tls_context": server_context(), "require_starttls": True}
    await server.start()
    assert (await send(server, context=trusting(CA), tls=tls)).outcome is Outcome.ACCEPTED
    assert [mail for _, _, mail in server.kept] == [MAIL]


async def test_tls_at_the_door_is_verified_too(server: Server) -> None:
    await server.start(ssl=server_context())
    assert (await send(server, context=trusting(CA), tls="implicit")).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("name", [HOST, "other.example.com"])
async def test_a_certificate_that_is_not_trusted_or_not_the_relays_stops_all_mail(server: Server, name: str) -> None:
    server.options = {"tls_context": server_context(name)}
    await server.start()
    result = await send(server, context=trusting(None if name == HOST else CA), tls="auto")
    assert (result.outcome, server.heard) == (Outcome.STOP, [])
    assert "certificate verify failed" in result.reply.lower()


async def test_a_password_goes_out_over_tls_only_unless_off_was_said(server: Server) -> None:
    server.options = {"authenticator": password_is("right"), "auth_require_tls": False}
    await server.start()
    result = await send(server, username="me", password="right", tls="auto")
    assert (result.outcome, server.heard) == (Outcome.STOP, [])
    assert "STARTTLS" in result.reply
    assert (await send(server, username="me", password="right", tls="none")).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("excluded", ["PLAIN", "LOGIN"])
async def test_plain_and_login_let_in_whoever_knows_the_password(server: Server, excluded: str) -> None:
    server.options = {
        "authenticator": password_is("right"),
        "tls_context": server_context(),
        "auth_required": True,
        "auth_exclude_mechanism": [excluded],
    }
    await server.start()
    assert (await send(server, context=trusting(CA), username="me", password="right")).outcome is Outcome.ACCEPTED
    result = await send(server, context=trusting(CA), username="me", password="wrong")
    assert result.outcome is Outcome.STOP
    assert "wrong" not in result.reply


async def test_xoauth2_takes_a_token_from_a_file_that_is_read_at_each_connection(
    server: Server, tmp_path: Path
) -> None:
    await start_with_xoauth2(server, "fresh")
    file = tmp_path / "token"
    file.write_text("stale\n", encoding="utf-8")
    mailer = SmtpMailer(
        Relay(host=HOST, port=server.port, username="me@example.com"), trusting(CA), 5.0, token=FileToken(file)
    )
    parcel = Parcel("a@example.com", ("b@example.com",), MAIL)
    ((result,),) = await mailer.send([parcel])
    assert result.outcome is Outcome.STOP
    assert "stale" not in result.reply
    file.write_text("fresh\n", encoding="utf-8")
    ((result,),) = await mailer.send([parcel])
    assert result.outcome is Outcome.ACCEPTED
    await mailer.close()


async def test_no_token_stops_all_mail_and_the_file_is_named(server: Server, tmp_path: Path) -> None:
    await start_with_xoauth2(server, "fresh")
    result = await send(server, context=trusting(CA), username="me", token=FileToken(tmp_path / "none"))
    assert result.outcome is Outcome.STOP
    assert str(tmp_path / "none") in result.reply
    (tmp_path / "none").write_text(" \n", encoding="utf-8")
    result = await send(server, context=trusting(CA), username="me", token=FileToken(tmp_path / "none"))
    assert "there is no token" in result.reply


async def test_a_token_of_the_provider_lets_in_and_is_asked_for_once(server: Server) -> None:
    await start_with_xoauth2(server, "t1")
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"access_token": f"t{len(asked)}", "token_type": "Bearer", "expires_in": 3600})

    token = a_provider(answer)
    for _ in range(2):
        result = await send(server, context=trusting(CA), username="me", token=token)
        assert result.outcome is Outcome.ACCEPTED
    (request,) = asked
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"client:s3cret").decode()
    assert request.content == b"grant_type=client_credentials&scope=mail"


async def test_a_token_that_is_about_to_end_is_asked_for_anew() -> None:
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(200, json={"access_token": f"t{len(asked)}", "token_type": "Bearer", "expires_in": 30})

    token = a_provider(answer)
    assert [await token(), await token()] == ["t1", "t2"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(401, json={"error": "invalid_client"}), NoToken),
        (httpx.Response(200, text="<html>"), NoToken),
        (httpx.Response(503, text="later"), TokenAway),
        (httpx.ConnectError("refused"), TokenAway),
    ],
)
async def test_a_provider_that_refuses_stops_all_mail_and_one_that_is_away_passes(
    server: Server, answer: httpx.Response | Exception, kind: type[NoToken]
) -> None:
    def give(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(kind) as raised:
        await a_provider(give)()
    assert type(raised.value) is kind
    await start_with_xoauth2(server, "t1")
    result = await send(server, context=trusting(CA), username="me", token=a_provider(give))
    assert result.outcome is (Outcome.AWAY if kind is TokenAway else Outcome.STOP)
    assert "s3cret" not in result.reply


def a_provider(answer: Any) -> IssuedToken:
    provider = Provider(url="https://login.example.com/token", client_id="client", client_secret="s3cret", scope="mail")
    return IssuedToken(provider, httpx.AsyncClient(transport=httpx.MockTransport(answer)))


def password_is(right: str) -> Any:
    def check(connection: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data.password == right.encode(), handled=False)

    return check


async def start_with_xoauth2(server: Server, right: str) -> None:
    """Start a relay that knows XOAUTH2 and one token."""

    async def xoauth2(connection: Any, args: list[str]) -> AuthResult:
        if f"auth=Bearer {right}\x01" in base64.b64decode(args[1]).decode():
            return AuthResult(success=True)
        await connection.push("334 " + base64.b64encode(b'{"status":"400"}').decode())
        await connection._reader.readline()
        await connection.push("535 5.7.8 no")
        return AuthResult(success=False, handled=True)

    server.auth_XOAUTH2 = xoauth2  # type: ignore[attr-defined]
    server.options = {"tls_context": server_context(), "auth_required": True}
    await server.start()
