"""The community's page: who belongs to it, and what it knows of whoever looks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.gateway.domain import directory
from shared.contracts.availability import Away
from shared.contracts.community import Level, Member, PutReviewer, reviewer_id
from shared.contracts.decision import Kind, Refusal, Reply
from tests.helpers.builders import NOW
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser
from tests.unit.gateway.test_reviewers import DINA, GONE, known

ME = Member.model_validate(
    {
        "name": "Rosa",
        "email": "reviewer@example.com",
        "services": ("checkout", "search"),
        "away_until": NOW + timedelta(days=1),
        "away": (Away.model_validate({"since": "2026-07-13", "until": "2026-07-24"}),),
        "timezone": "Europe/Berlin",
        "hours": {"opens": "08:00", "closes": "14:00"},
        "team": "payments",
        "aliases": ("rosa@example.net",),
        "capacity": 3,
    }
)


@pytest.fixture
def door() -> Door:
    door = Door()
    for member in (DINA, GONE, ME):
        door.reviewers.states[reviewer_id(member.email)] = known(member)
    door.messages.reply = Reply(data={"version": 4, "created": False})
    return door


async def test_members_are_listed_with_what_they_know_and_whether_they_are_there(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open("/reviewers")
        rows = [" ".join(row.text_content().split()) for row in page.all("//tbody/tr")]
        assert rows == [
            "Dina dina@example.com checkout databases Knows the providers. payments mentor there",
            "Rosa reviewer@example.com checkout search payments experienced away until 2026-03-03 12:00 UTC",
        ]


async def test_what_is_saved_unchanged_is_what_was_known(door: Door) -> None:
    async with Browser(door, "reviewer") as browser:
        form = (await browser.open("/reviewers")).form("/reviewers")
        assert form["away_until"] == "2026-03-03T13:00"
        page = await browser.send("/reviewers", {**form, "act": "save"})
        assert page.answer.headers["location"] == "/reviewers?said=saved"
        ((_, command),) = door.messages.said
        assert isinstance(command, PutReviewer)
        assert command.reviewer == ME
        assert command.base_version == 3


async def test_whoever_is_not_known_joins_by_the_same_form(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open("/reviewers")
        assert "Join it" in page.text()
        fields = {**page.form("/reviewers"), "services": "search, checkout,", "level": "learning", "act": "save"}
        await browser.send("/reviewers", fields)
        ((_, command),) = door.messages.said
        assert isinstance(command, PutReviewer)
        assert (command.base_version, command.reviewer.email) == (0, "engineer@example.com")
        assert (command.reviewer.services, command.reviewer.level) == (("search", "checkout"), Level.LEARNING)


async def test_leaving_keeps_what_is_known(door: Door) -> None:
    async with Browser(door, "reviewer") as browser:
        form = (await browser.open("/reviewers")).form("/reviewers")
        page = await browser.send("/reviewers", {**form, "act": "leave"})
        assert page.answer.headers["location"] == "/reviewers?said=left-community"
        ((_, command),) = door.messages.said
        assert isinstance(command, PutReviewer)
        assert command.reviewer == ME.model_copy(update={"active": False})


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"away": "next week"}, "Other times away: a line each"),
        ({"away_until": "soon"}, "Away from now until"),
        ({"timezone": "Nowhere/Land"}, "Time zone"),
        ({"opens": "18:00", "closes": "08:00"}, "Working day"),
        ({"capacity": "many"}, "from 1 to 50"),
        ({"note": "x" * 501}, "note"),
    ],
)
async def test_what_is_wrong_is_named_and_everything_typed_stays(door: Door, fields: dict[str, str], says: str) -> None:
    async with Browser(door, "reviewer") as browser:
        form = (await browser.open("/reviewers")).form("/reviewers")
        page = await browser.send("/reviewers", {**form, "skills": "networks", **fields})
        assert page.status == 422
        assert says in page.text("//*[@role='alert']")
        typed = page.form("/reviewers")
        assert typed["skills"] == "networks"
        assert {name: typed[name].lstrip("\n") for name in fields} == fields
        assert not door.messages.said


async def test_a_change_of_what_has_changed_meanwhile_is_refused_and_shown(door: Door) -> None:
    door.messages.reply = Reply(refusal=Refusal(kind=Kind.STALE, rule="stale-version", detail="It has changed."))
    async with Browser(door, "reviewer") as browser:
        form = (await browser.open("/reviewers")).form("/reviewers")
        page = await browser.send("/reviewers", {**form, "note": "Mine"})
        assert page.status == 412
        assert page.text("//*[@role='alert']") == "It has changed."
        assert page.form("/reviewers")["etag"] == directory.etag(known(ME))
