"""An OpenID provider over HTTP: found, asked for its keys, rotated, gone, and back."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from joserfc.jwk import Key

from services.gateway.adapters import issuer as adapter
from services.gateway.adapters.issuer import AGAIN_AFTER, AWAY_FOR, HttpIssuer
from services.gateway.ports import IssuerAway, Oidc
from shared.testing import FixedClock
from tests.helpers.builders import NOW
from tests.helpers.front_door import Door, is_problem
from tests.helpers.provider import ROLES, RULES, claims, edwards, key_set, rsa, signed

DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"


class Provider:
    """A provider on 127.0.0.1. `documents` are what it answers by path, `asked` the paths that it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.documents: dict[str, Any] = {}
        self.port = 0
        self.start()
        self.url = f"http://127.0.0.1:{self.port}"
        self.documents[DISCOVERY] = {"issuer": self.url, "jwks_uri": self.url + KEYS}
        self.publish(rsa("k1"))

    def publish(self, *keys: Key) -> None:
        """Sign with these keys from now on."""
        self.documents[KEYS] = key_set(*keys)

    def token(self, key: Key, algorithm: str = "RS256") -> str:
        """Return a good token of this provider."""
        return signed(claims(iss=self.url, exp=int(NOW.timestamp()) + 86_400), key, algorithm)

    def start(self) -> None:
        """Listen, on the port of the last time."""
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                found = provider.documents.get(self.path, 404)
                status = found if isinstance(found, int) else 200
                body = found if isinstance(found, bytes) else json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: Any) -> None:
                return None

        return Handler


@pytest.fixture
def provider() -> Iterator[Provider]:
    started = Provider()
    yield started
    started.stop()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def issuer(provider: Provider, clock: FixedClock) -> AsyncIterator[HttpIssuer]:
    known = HttpIssuer(provider.url, adapter.client(), clock)
    yield known
    await known.close()


@pytest.fixture
def door(provider: Provider, issuer: HttpIssuer) -> Door:
    return Door(oidc=Oidc(issuer=issuer, rules=replace(RULES, issuer=provider.url), roles=ROLES))


async def get(door: Door, token: str) -> httpx.Response:
    return await door.send("GET", "/v1/postmortems", role=None, headers={"Authorization": f"Bearer {token}"})


async def test_many_tokens_cost_the_provider_one_question(provider: Provider, door: Door) -> None:
    answers = await asyncio.gather(*(get(door, provider.token(rsa("k1"))) for _ in range(10)))
    assert [answer.status_code for answer in answers] == [200] * 10
    assert provider.asked == [DISCOVERY, KEYS]


async def test_keys_are_rotated_while_the_gateway_runs(
    provider: Provider, door: Door, issuer: HttpIssuer, clock: FixedClock
) -> None:
    old, new = provider.token(rsa("k1")), provider.token(edwards("k2"), "EdDSA")
    assert (await get(door, old)).status_code == 200
    provider.publish(rsa("k1"), edwards("k2"))
    clock.advance(AGAIN_AFTER)
    assert [(await get(door, token)).status_code for token in (new, old)] == [200, 200]
    provider.publish(edwards("k2"))
    await issuer.refresh()
    assert (await get(door, new)).status_code == 200
    assert is_problem(await get(door, old), 401, "invalid-token", "Authorization")


async def test_forged_key_ids_make_us_ask_once_a_minute(provider: Provider, door: Door, clock: FixedClock) -> None:
    assert (await get(door, provider.token(rsa("k1")))).status_code == 200
    for _ in range(3):
        clock.advance(AGAIN_AFTER)
        provider.asked.clear()
        forged = [signed(claims(iss=provider.url), rsa("other"), kid=f"forged-{i}") for i in range(10)]
        answers = await asyncio.gather(*(get(door, token) for token in forged))
        assert [answer.status_code for answer in answers] == [401] * 10
        assert provider.asked == [DISCOVERY, KEYS]


async def test_while_the_provider_is_away_known_keys_go_on_and_others_are_to_come_again(
    provider: Provider, door: Door, issuer: HttpIssuer, clock: FixedClock
) -> None:
    known, new = provider.token(rsa("k1")), provider.token(rsa("k2"))
    assert (await get(door, known)).status_code == 200
    provider.publish(rsa("k1"), rsa("k2"))
    provider.stop()
    clock.advance(timedelta(hours=1))
    await issuer.refresh()
    assert (await get(door, known)).status_code == 200
    answer = await get(door, new)
    assert is_problem(answer, 503, "issuer-away")
    assert answer.headers["Retry-After"] == str(int(AWAY_FOR.total_seconds()))
    provider.start()
    clock.advance(AWAY_FOR - timedelta(seconds=1))
    assert (await get(door, new)).headers["Retry-After"] == "1"
    clock.advance(timedelta(seconds=1))
    assert [(await get(door, token)).status_code for token in (new, known)] == [200, 200]


OTHERS = "http://127.0.0.1:1/other"


@pytest.mark.parametrize(
    ("path", "document", "told"),
    [
        (DISCOVERY, {"issuer": OTHERS, "jwks_uri": OTHERS}, "`issuer` differs"),
        (DISCOVERY, {"jwks_uri": OTHERS}, "`issuer` differs"),
        (DISCOVERY, [], "`issuer` differs"),
        (DISCOVERY, 404, "answers 404"),
        (DISCOVERY, 302, "answers 302"),
        (DISCOVERY, b"<html>", "JSONDecodeError"),
        (KEYS, 500, "answers 500"),
        (KEYS, {"key": []}, "no list `keys`"),
        (KEYS, b"\xff\xfe", "Error"),
        (KEYS, b"[" + b" " * adapter.LARGEST, "more than"),
    ],
)
async def test_a_provider_that_answers_nonsense_is_away(
    provider: Provider, issuer: HttpIssuer, door: Door, path: str, document: Any, told: str
) -> None:
    provider.documents[path] = document
    with pytest.raises(IssuerAway, match=told):
        await issuer.keys("k1")
    assert is_problem(await get(door, provider.token(rsa("k1"))), 503, "issuer-away")
    assert "/elsewhere" not in provider.asked


@pytest.mark.parametrize("where", [None, 7, "", "ftp://127.0.0.1/keys", "/keys", "file:///etc/passwd"])
async def test_keys_are_fetched_from_nowhere_but_an_address(provider: Provider, issuer: HttpIssuer, where: Any) -> None:
    provider.documents[DISCOVERY] = {"issuer": provider.url, "jwks_uri": where}
    with pytest.raises(IssuerAway, match="jwks_uri"):
        await issuer.keys("k1")


async def test_a_provider_reached_over_tls_cannot_send_us_to_another_way(clock: FixedClock) -> None:
    documents = {"issuer": "https://login.example.com", "jwks_uri": "http://login.example.com/keys"}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(documents).encode()})

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
        with pytest.raises(IssuerAway, match="begins with https://"):
            await HttpIssuer("https://login.example.com", client, clock).keys("k1")
