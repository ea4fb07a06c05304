"""The postmortem of the month: whoever reads sees it, and admins choose it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain.view import View
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.digests import ChoosePostmortemOfTheMonth
from tests.helpers.builders import NOW
from tests.helpers.days import approved, id_of, item, life, published, requested, shelf
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, Page

PATH = "/postmortem-of-the-month"
FEBRUARY = NOW - timedelta(days=5)
NONE = {"month": "2026-02", "chosen": None, "why": "", "chosen_by": None, "chosen_at": None}


def chosen(n: int) -> dict[str, Any]:
    return NONE | {"chosen": id_of(n), "why": "<b>Read it</b>", "chosen_by": "Hana", "chosen_at": NOW.isoformat()}


def out(n: int, *facts: Any, severity: str = "sev3", at: Any = FEBRUARY, **fields: Any) -> View:
    return life(n, requested, approved, *facts, published(at, severity=severity), **fields)


VIEWS = [out(1), out(2, severity="sev1"), out(3, item("x", NOW), severity="sev1"), out(4, severity="sev1", at=NOW)]


def a_door(told: dict[str, Any] | None, *views: View) -> Door:
    door = Door(views=shelf(*(views or VIEWS)))
    door.messages.reply = Reply(data=told) if told else None
    return door


async def look(door: Door, role: str = "engineer", path: str = PATH) -> Page:
    async with Browser(door, role) as browser:
        return await browser.open(path)


async def test_what_was_chosen_is_shown_with_why_and_by_whom() -> None:
    page = await look(a_door(chosen(1)))
    assert page.text("//h1") == "The postmortem of February 2026"
    assert page.text("//article/h2") == "Number 1"
    assert page.text("//blockquote") == "<b>Read it</b>"
    assert "Chosen by Hana" in page.text("//article")
    assert not page.all("//main//form")


async def test_without_a_choice_it_is_the_one_that_the_rule_would_take() -> None:
    page = await look(a_door(NONE))
    assert page.text("//article/h2") == "Number 3"
    assert "Nobody has chosen one" in page.text("//article")


async def test_where_there_is_none_and_where_the_room_is_away_it_says_so() -> None:
    assert "There is none for May 2026." in (await look(a_door(NONE), path=f"{PATH}?month=2026-05")).text()
    page = await look(a_door(None))
    assert (page.status, "does not answer now" in page.text()) == (200, True)
    assert (await look(a_door(NONE), path=f"{PATH}?month=x")).status == 422


async def test_what_is_restricted_is_neither_shown_nor_offered() -> None:
    closed: dict[str, Any] = {"restricted": True, "access": 1}
    page = await look(a_door(chosen(1), out(1, **closed), out(2)), "admin")
    assert "Number 1" not in page.text()
    assert page.all("//option/@value") == [id_of(2)]


async def test_an_admin_chooses_one_of_its_month_or_leaves_it_to_the_rule() -> None:
    door = a_door(chosen(2))
    async with Browser(door, "admin") as browser:
        page = await browser.open(PATH)
        assert page.all("//option/@value") == [id_of(3), id_of(2), id_of(1)]
        fields = {"month": "2026-02", "postmortem_id": id_of(1), "why": "It teaches."}
        for more, said in (({}, "chosen"), ({"leave": "1"}, "left-to-rule")):
            answer = (await browser.send(PATH, fields | more)).answer
            assert answer.headers["location"] == f"{PATH}?month=2026-02&said={said}"
    first, second = (each for _, each in door.messages.said if isinstance(each, ChoosePostmortemOfTheMonth))
    assert (first.month, first.chosen, first.why) == ("2026-02", id_of(1), "It teaches.")
    assert second.chosen is None


async def test_a_refusal_keeps_what_was_typed() -> None:
    door = a_door(NONE)
    asked = door.messages.ask

    async def ask(id: str, command: Any, patience: float) -> Reply | None:
        text = "It is restricted, and digests go to everybody; choose another one."
        refused = Reply(refusal=Refusal(kind=Kind.CONFLICT, rule="restricted-stays-out", detail=text))
        door.messages.reply = refused if isinstance(command, ChoosePostmortemOfTheMonth) else Reply(data=NONE)
        return await asked(id, command, patience)

    door.messages.ask = ask  # type: ignore[method-assign]
    async with Browser(door, "admin") as browser:
        page = await browser.send(PATH, {"month": "2026-02", "postmortem_id": id_of(1), "why": "Because."})
        assert page.status == 409
        assert page.form(PATH)["why"] == "Because."
        assert page.all("//option[@selected]/@value") == [id_of(1)]


@pytest.mark.parametrize("role", ["engineer", "reviewer"])
async def test_nobody_else_chooses(role: str) -> None:
    door = a_door(NONE)
    async with Browser(door, role) as browser:
        assert (await browser.send(PATH, {"month": "2026-02", "postmortem_id": id_of(1)})).status == 403
    assert door.messages.said == []
