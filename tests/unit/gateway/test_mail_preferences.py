"""Over HTTP: when somebody gets reports, and the postmortem of the month."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.digests import ChoosePostmortemOfTheMonth, ShowPostmortemOfTheMonth
from shared.contracts.mail_preferences import WEEKLY_DIGEST, ChangeMailPreference, Reports, ShowMailPreference
from tests.helpers.builders import NOW, PM
from tests.helpers.front_door import LINKS, Door, is_problem

CHOICE, MONTH = "/v1/mail-preferences/A@example.com", "/v1/postmortem-of-the-month/2026-03"
CHOSEN = {"month": "2026-03", "chosen": PM, "why": "x", "chosen_by": "Hana", "chosen_at": NOW.isoformat()}


@pytest.fixture
def door() -> Door:
    door = Door()
    door.messages.reply = Reply(data={"reports": "digest", "digest_by_list": True, "since": NOW.isoformat()})
    return door


@pytest.fixture
def month(door: Door) -> Door:
    door.messages.reply = Reply(data=CHOSEN)
    return door


def said(door: Door) -> Any:
    return door.messages.said[-1][1]


async def test_a_choice_is_seen_and_made(door: Door) -> None:
    shown = {"email": "a@example.com", "reports": "digest", "digest_by_list": True, "since": "2026-03-02T12:00:00Z"}
    assert (await door.send("GET", CHOICE)).json() == shown
    assert isinstance(said(door), ShowMailPreference)
    assert (await door.send("PUT", CHOICE, json={"reports": "digest"})).json() == shown
    command = said(door)
    assert isinstance(command, ChangeMailPreference)
    assert (command.email, command.reports, command.digest_by_list) == ("a@example.com", Reports.DIGEST, True)
    await door.send("PUT", CHOICE, json={"reports": "immediate", "digest_by_list": False})
    assert said(door).digest_by_list is False


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "reports"), ({"reports": "weekly"}, "reports"), ({"reports": "none", "x": 1}, "x"), ([], "body")],
)
async def test_a_wrong_choice_is_named(door: Door, body: Any, field: str) -> None:
    assert is_problem(await door.send("PUT", CHOICE, json=body), 422, "invalid-field", field)
    assert door.messages.said == []


async def test_the_owner_s_refusal_is_passed_on_and_silence_is_told(door: Door) -> None:
    rule = "own-preference-or-admin"
    door.messages.reply = Reply(refusal=Refusal(kind=Kind.FORBIDDEN, rule=rule, detail="No."))
    for method in ("GET", "PUT"):
        assert is_problem(await door.send(method, CHOICE, json={"reports": "none"}), 403, rule)
    door.messages.reply = None
    assert is_problem(await door.send("GET", CHOICE), 503, "room-away")
    assert (await door.send("PUT", CHOICE, json={"reports": "none"})).status_code == 202
    assert is_problem(await door.send("GET", MONTH), 503, "room-away")
    assert (await door.send("PUT", MONTH, json={"postmortem_id": PM}, role="admin")).status_code == 202


async def test_an_address_that_is_none_is_named(door: Door) -> None:
    assert (await door.send("PUT", "/v1/mail-preferences/nobody", json={"reports": "none"})).status_code == 422


async def test_the_postmortem_of_a_month_is_seen_chosen_and_left_to_the_rule(month: Door) -> None:
    expected = {
        "month": "2026-03",
        "postmortem_id": PM,
        "why": "x",
        "chosen_by": "Hana",
        "chosen_at": "2026-03-02T12:00:00Z",
    }
    assert (await month.send("GET", MONTH)).json() == expected
    assert isinstance(said(month), ShowPostmortemOfTheMonth)
    given = {"postmortem_id": PM, "why": " x "}
    assert (await month.send("PUT", MONTH, json=given, role="admin")).json() == expected
    assert isinstance(said(month), ChoosePostmortemOfTheMonth)
    assert (said(month).chosen, said(month).why, said(month).month) == (PM, "x", "2026-03")
    month.messages.reply = Reply(data=dict.fromkeys(CHOSEN) | {"month": "2026-03", "why": ""})
    left = await month.send("DELETE", MONTH, role="admin")
    assert (left.status_code, left.json()["postmortem_id"], said(month).chosen) == (200, None, None)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_only_admins_choose_it(month: Door, method: str) -> None:
    answer = await month.send(method, MONTH, json={"postmortem_id": PM})
    assert is_problem(answer, 403, "role-needed")


@pytest.mark.parametrize("name", ["2026-13", "2026", "march", "1826-03", "2026-03-01"])
async def test_what_is_no_month_is_named(month: Door, name: str) -> None:
    assert is_problem(await month.send("GET", f"/v1/postmortem-of-the-month/{name}"), 422, "invalid-field", "month")


async def test_the_page_of_a_digest_s_link_says_what_it_ends(door: Door) -> None:
    page = await door.send("GET", f"/unsubscribe/{LINKS.token(WEEKLY_DIGEST, 'a@example.com')}", role=None)
    assert "Unsubscribe from the weekly digest" in page.text
