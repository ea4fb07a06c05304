"""Signing in at a provider over HTTP: its page, a code for tokens with PKCE, and the person that they name."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.gateway.adapters import HttpProvider
from services.gateway.adapters.issuer import HttpIssuer, client
from services.gateway.ports import Oidc
from shared.testing import FixedClock
from tests.helpers.builders import NOW
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser
from tests.helpers.provider import ROLES, RULES, claims, rsa, signed
from tests.integration.test_oidc import DISCOVERY, Provider

CLIENT, SECRET = "afterword-pages", "a secret: with marks & more"


class SignInProvider(Provider):
    """A provider that gives tokens for codes; `asked_for` is what each code was asked with, `down` breaks it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for: dict[str, dict[str, str]] = {}
        self.forms: list[dict[str, list[str]]] = []
        self.logins: list[str] = []
        self.down = False
        names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
        self.documents[DISCOVERY] |= {name: f"{self.url}/{name}" for name in names}
        self.documents["/userinfo_endpoint"] = {"sub": "8c2f", "groups": ["sre-leads"]}

    def consent(self, location: str) -> str:
        """Do what the person does at the provider's page; return the code."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        code = f"code-{len(self.asked_for)}"
        self.asked_for[code] = asked
        return code

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(super()._handler()):  # type: ignore[misc]
            def do_POST(self) -> None:  # noqa: N802 - the name that the library calls
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, told = provider.tokens(parse_qs(body), self.headers.get("Authorization", ""))
                content = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        return Handler

    def tokens(self, form: dict[str, list[str]], login: str) -> tuple[int, dict[str, Any]]:
        """Answer a code once, for whoever proves to be who asked for it."""
        if self.down:
            return 503, {}
        self.forms.append(form)
        self.logins.append(login)
        asked = self.asked_for.pop(form["code"][0], None)
        challenge = base64.urlsafe_b64encode(sha256(form["code_verifier"][0].encode()).digest()).decode().rstrip("=")
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"][0] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        said = claims(iss=self.url, aud=CLIENT, nonce=asked["nonce"], groups=None)
        token = signed(said, rsa("k1"), typ="JWT")
        return 200, {"access_token": "opaque", "token_type": "Bearer", "expires_in": 60, "id_token": token}


@pytest.fixture
def provider() -> Iterator[SignInProvider]:
    running = SignInProvider()
    yield running
    running.stop()


def a_door(provider: SignInProvider, secret: str | None = SECRET) -> Door:
    issuer = HttpIssuer(provider.url, client(), FixedClock(NOW))
    rules = type(RULES)(issuer=provider.url, audience=RULES.audience)
    return Door(
        provider=HttpProvider(issuer, CLIENT, secret, "openid email profile"),
        oidc=Oidc(issuer=issuer, rules=rules, roles=ROLES),
    )


async def go(browser: Browser) -> str:
    answer = (await browser.open("/sign-in/provider?next=/library")).answer
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def come_back(browser: Browser, provider: SignInProvider, code: str, location: str) -> Any:
    (state,) = parse_qs(urlsplit(location).query)["state"]
    return (await browser.open(f"/sign-in/callback?code={code}&state={state}")).answer


async def test_a_code_is_traded_for_a_session_of_the_person_that_the_tokens_name(provider: SignInProvider) -> None:
    door = a_door(provider)
    async with Browser(door, None) as browser:
        where = await go(browser)
        asked = parse_qs(urlsplit(where).query)
        assert where.startswith(f"{provider.url}/authorization_endpoint?")
        assert (asked["response_type"], asked["scope"]) == (["code"], ["openid email profile"])
        answer = await come_back(browser, provider, provider.consent(where), where)
        assert answer.headers["location"] == "/library"
    (session,) = door.sessions.kept.values()
    assert (session.actor.email, session.actor.role) == ("pat.doe@example.com", "admin")
    assert base64.b64decode(provider.logins[0].removeprefix("Basic ")).decode() == f"{CLIENT}:{SECRET}"
    assert "client_secret" not in provider.forms[0]


async def test_a_public_client_names_itself_and_proves_itself_by_pkce_alone(provider: SignInProvider) -> None:
    door = a_door(provider, secret=None)
    async with Browser(door, None) as browser:
        where = await go(browser)
        assert (await come_back(browser, provider, provider.consent(where), where)).status_code == 303
    assert (provider.logins, provider.forms[0]["client_id"]) == ([""], [CLIENT])


async def test_a_code_of_another_browser_s_sign_in_is_not_taken(provider: SignInProvider) -> None:
    door = a_door(provider)
    async with Browser(door, None) as victim, Browser(door, None) as attacker:
        stolen = provider.consent(await go(attacker))
        assert (await come_back(victim, provider, stolen, await go(victim))).status_code == 401
    assert door.sessions.kept == {}


async def test_a_provider_that_breaks_is_away_and_the_way_in_is_shown_again(provider: SignInProvider) -> None:
    async with Browser(a_door(provider), None) as browser:
        where = await go(browser)
        provider.down = True
        answer = await come_back(browser, provider, provider.consent(where), where)
        assert answer.status_code == 503
        assert "does not answer" in answer.text
