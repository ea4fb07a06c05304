"""Signing in at the provider: there, back, and everything that is none of our answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.gateway.domain.identity import NotAccepted
from services.gateway.domain.sessions import Proof
from services.gateway.domain.signing_in import Journey
from services.gateway.domain.tokens import TokenRules
from services.gateway.handlers.pages.provider import BACK, COOKIE
from services.gateway.ports import IssuerAway, Redeemed
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, Page
from tests.helpers.provider import ISSUER, claims, oidc, rsa, signed

CLIENT = "afterword-pages"


@dataclass
class FakeProvider:
    """A provider whose page is never seen; `told` changes what its ID tokens say."""

    rules: TokenRules = field(default_factory=lambda: TokenRules(issuer=ISSUER, audience=CLIENT, types=("JWT",)))
    told: dict[str, Any] = field(default_factory=dict)
    userinfo: Mapping[str, Any] = field(default_factory=dict)
    nonce: str | None = None
    is_away: bool = False
    redeemed: list[tuple[str, str]] = field(default_factory=list)

    async def way(self, journey: Journey, back: str) -> str:
        if self.is_away:
            raise IssuerAway("away", 10)
        return f"{ISSUER}/authorize?state={journey.state}&nonce={journey.nonce}&redirect_uri={back}"

    async def redeem(self, code: str, journey: Journey, back: str) -> Redeemed:
        if code != "good":
            raise NotAccepted("sign-in-refused", "The provider does not take this sign-in any more: begin again.", "")
        self.redeemed.append((journey.verifier, back))
        said = claims(**{"aud": CLIENT, "nonce": self.nonce or journey.nonce, **self.told})
        return Redeemed(id_token=signed(said, rsa("k1"), typ="JWT"), userinfo=self.userinfo)


def a_door(provider: FakeProvider) -> Door:
    return Door(provider=provider, oidc=oidc())


async def there_and_back(browser: Browser, code: str = "good", next: str = "/meetings") -> Page:
    """Go to the provider, and come back with this code."""
    away = (await browser.open(f"/sign-in/provider?next={next}")).answer
    assert away.status_code == 303, away.text
    (state,) = parse_qs(urlsplit(away.headers["location"]).query)["state"]
    return await browser.open(f"{BACK}?code={code}&state={state}")


async def test_people_come_back_signed_in_to_where_they_wanted_to_be() -> None:
    provider = FakeProvider()
    door = a_door(provider)
    async with Browser(door, None) as browser:
        assert "/sign-in/provider?next=/" in (await browser.open("/sign-in")).links()
        answer = (await there_and_back(browser)).answer
        assert (answer.status_code, answer.headers["location"]) == (303, "/meetings")
        (session,) = door.sessions.kept.values()
        assert (session.proof, session.actor.email, session.actor.role) == (
            Proof.PROVIDER,
            "pat.doe@example.com",
            "engineer",
        )
        assert provider.redeemed[0][1] == f"https://afterword.example.com{BACK}"
        assert "Pat Doe engineer" in (await browser.open("/")).text("//header")
        assert COOKIE not in browser.client.cookies


async def test_what_only_the_userinfo_tells_counts_if_it_is_of_the_same_person() -> None:
    known = {"sub": "8c2f", "groups": ["sre-leads"]}
    for userinfo, role in ((known, "admin"), ({**known, "sub": "another"}, None)):
        door = a_door(FakeProvider(told={"groups": None}, userinfo=userinfo))
        async with Browser(door, None) as browser:
            page = await there_and_back(browser)
            assert [str(session.actor.role) for session in door.sessions.kept.values()] == ([role] if role else [])
            assert (page.status == 403) is (role is None)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"aud": "another client"}, 401),
        ({"iss": "https://login.example.com/other"}, 401),
        ({"exp": 1}, 401),
        ({"groups": ["nobody"]}, 403),
        ({"email": None}, 403),
        ({"email_verified": False}, 403),
    ],
)
async def test_a_token_of_nobody_here_begins_nothing_and_the_page_says_why(told: dict[str, Any], status: int) -> None:
    door = a_door(FakeProvider(told=told))
    async with Browser(door, None) as browser:
        page = await there_and_back(browser)
        assert page.status == status
        assert page.all("//*[@role='alert']")
        assert door.sessions.kept == {}


async def test_an_answer_to_another_sign_in_begins_nothing() -> None:
    door = a_door(FakeProvider(nonce="of somebody else"))
    async with Browser(door, None) as browser:
        assert (await there_and_back(browser)).status == 401
        await browser.open("/sign-in/provider")
        assert (await browser.open(f"{BACK}?code=good&state=guessed")).status == 401
    async with Browser(door, None) as browser:  # without the cookie: a link that somebody was sent
        assert (await browser.open(f"{BACK}?code=good&state=x")).status == 401
        assert (await browser.open(f"{BACK}?error=access_denied&state=x")).status == 401
    assert door.sessions.kept == {}


async def test_a_code_that_is_not_taken_is_told() -> None:
    async with Browser(a_door(FakeProvider()), None) as browser:
        page = await there_and_back(browser, code="used")
        assert (page.status, "begin again" in page.text("//*[@role='alert']")) == (401, True)


async def test_a_provider_that_is_away_is_told_with_when_to_come_again() -> None:
    async with Browser(a_door(FakeProvider(is_away=True)), None) as browser:
        page = await browser.open("/sign-in/provider")
        assert (page.status, page.answer.headers["retry-after"]) == (503, "10")


async def test_without_a_provider_there_is_no_way_to_it() -> None:
    async with Browser(Door(), None) as browser:
        assert (await browser.open("/sign-in/provider")).status == 404
        assert not [link for link in (await browser.open("/sign-in")).links() if "provider" in link]
