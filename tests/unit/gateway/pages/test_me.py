"""A person's own page: their choice of mail, lists that they may join, their secret links."""

from __future__ import annotations

from typing import Any

import pytest

from services.gateway.domain.directory import KnownList
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.lists import ChangeSubscription, DistributionList, list_id
from shared.contracts.mail_preferences import ChangeMailPreference, Reports
from shared.contracts.subscribing import ChangeOptIn, ShowReach
from tests.helpers.builders import NOW
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser

CHOSEN = {"reports": "digest", "digest_by_list": True, "since": NOW.isoformat()}
REACH: dict[str, Any] = {
    "recipients": 14,
    "members": 2,
    "subscribers": 1,
    "unsubscribed": 0,
    "includes": [{"name": "checkout", "recipients": 12}],
    "missing": [],
}
STOOD = {"receives": False, "subscribed": False, "unsubscribed": False}
DONE = {"subscribed": True, "subscribed_since": NOW.isoformat(), "unsubscribed": False, "since": None}
LIST = "/me/lists/payments"


@pytest.fixture
def door() -> Door:
    door = Door()
    for name, is_open in (("payments", True), ("leads", False)):
        wanted = DistributionList(name=name, title=name.title(), open=is_open, severities=("sev1",))
        door.lists.states[list_id(name)] = KnownList(version=1, origin="policy", list=wanted)
    door.messages.reply = Reply(data=CHOSEN)
    return door


def stands(**you: bool) -> Reply:
    return Reply(data=REACH | {"you": STOOD | you})


async def test_it_shows_who_one_is_and_what_one_has_chosen(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open("/me")
        assert (page.status, page.text("//h1")) == (200, "Engineer")
        assert page.form("/me/mail") | {"csrf": "", "key": ""} == {
            "reports": "digest",
            "digest_by_list": "1",
            "csrf": "",
            "key": "",
        }
        assert LIST in page.links()
        assert "/me/lists/leads" not in page.links()
        assert "/me" in (await browser.open("/")).all("//header//a/@href")


@pytest.mark.parametrize(
    ("fields", "reports", "by_list"),
    [({"reports": "none"}, Reports.NONE, False), ({"reports": "immediate", "digest_by_list": "1"}, "immediate", True)],
)
async def test_a_choice_of_mail_is_made(door: Door, fields: dict[str, str], reports: Reports, by_list: bool) -> None:
    async with Browser(door) as browser:
        answer = (await browser.send("/me/mail", fields)).answer
        assert (answer.status_code, answer.headers["location"]) == (303, "/me?said=mail-chosen#mail")
    command = door.messages.said[-1][1]
    assert isinstance(command, ChangeMailPreference)
    assert (command.email, command.reports, command.digest_by_list) == ("engineer@example.com", reports, by_list)


async def test_a_choice_that_is_none_is_named_on_the_page(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.send("/me/mail", {"reports": "weekly"})
        assert page.status == 422
        assert "reports" in page.text("//*[@role='alert']")


@pytest.mark.parametrize("is_down", [True, False])
async def test_when_the_room_is_away_the_page_stays_and_says_so(door: Door, is_down: bool) -> None:
    door.messages.reply, door.messages.down = None, is_down
    async with Browser(door) as browser:
        page = await browser.open("/me")
        assert page.status == 200
        assert "does not answer now" in page.text()
        assert page.all("//input[@id='feed-url']/@value")
        assert "does not answer now" in (await browser.open(LIST)).text()


@pytest.mark.parametrize(
    ("you", "way", "command", "field"),
    [
        ({}, "subscribe", ChangeOptIn, {"opted_in": True}),
        ({"receives": True, "subscribed": True}, "leave", ChangeOptIn, {"opted_in": False}),
        ({"receives": True}, "decline", ChangeSubscription, {"subscribed": False}),
        ({"unsubscribed": True}, "accept", ChangeSubscription, {"subscribed": True}),
    ],
)
async def test_a_list_offers_the_one_thing_that_one_may_want_of_it(
    door: Door, you: dict[str, bool], way: str, command: type, field: dict[str, bool]
) -> None:
    door.messages.reply = stands(**you)
    async with Browser(door) as browser:
        page = await browser.open(LIST)
        assert isinstance(door.messages.said[-1][1], ShowReach)
        assert "14 people, those of checkout among them" in page.text()
        assert page.all("//main//form/@action") == [f"{LIST}/{way}"]
        door.messages.reply = Reply(data=DONE)
        answer = (await browser.send(f"{LIST}/{way}", page.form(f"{LIST}/{way}"))).answer
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"{LIST}?said=")
    given = door.messages.said[-1][1]
    assert isinstance(given, command)
    assert given.model_dump().items() >= {"email": "engineer@example.com", "list_name": "payments", **field}.items()


async def test_a_closed_list_offers_nothing_and_a_refusal_is_said(door: Door) -> None:
    door.messages.reply = stands()
    async with Browser(door) as browser:
        page = await browser.open("/me/lists/leads")
        assert "This list is closed" in page.text()
        assert not page.all("//main//form")
        assert (await browser.open("/me/lists/nobody")).status == 404
        assert (await browser.send(f"{LIST}/burn")).status == 404
        refusal = Refusal(kind=Kind.FORBIDDEN, rule="closed-list", detail="It is closed.")
        asked = door.messages.ask

        async def ask(id: str, command: Any, patience: float) -> Reply | None:
            door.messages.reply = stands() if isinstance(command, ShowReach) else Reply(refusal=refusal)
            return await asked(id, command, patience)

        door.messages.ask = ask  # type: ignore[method-assign]
        page = await browser.send("/me/lists/leads/subscribe")
        assert (page.status, page.text("//*[@role='alert']")) == (403, "It is closed.")


async def test_links_are_one_s_own_and_useless_after_they_are_rotated(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open("/me")
        (before,) = page.all("//input[@id='feed-url']/@value")
        path = before.removeprefix("https://afterword.example.com")
        assert (await browser.client.get(path)).status_code == 200
        answer = (await browser.send("/me/links/rotate", page.form("/me/links/rotate"))).answer
        assert answer.headers["location"] == "/me?said=rotated#links"
        (after,) = (await browser.open("/me")).all("//input[@id='feed-url']/@value")
        assert after != before
        assert (await browser.client.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/me/mail", "/me/links/rotate", f"{LIST}/subscribe"])
async def test_no_form_is_taken_from_elsewhere(door: Door, path: str) -> None:
    async with Browser(door) as browser:
        assert (await browser.send_unsigned(path, {"reports": "none"})).status == 403
    assert door.messages.said == []
    assert door.links.causes == {}
