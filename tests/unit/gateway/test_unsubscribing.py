"""The link in a mail: looking changes nothing, one POST unsubscribes, and nothing is told to who has no link."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from typing import Any

import httpx
import pytest

from services.gateway.domain.directory import KnownList
from shared.contracts.lists import INVOLVED, DistributionList, Unsubscribe, list_id, subscription_id
from tests.helpers.front_door import LINKS, Door, is_problem

TOKEN = LINKS.token("payments", "a@example.com")
PATH = f"/unsubscribe/{TOKEN}"
MEANT = Unsubscribe(list_id=list_id("payments"), subscription_id=subscription_id("payments", "a@example.com"))
PAIR = {"List-Unsubscribe": "One-Click"}
WRONG = [f"/unsubscribe/{token}" for token in ("x", TOKEN[:-1], TOKEN[:-1] + "é", TOKEN.swapcase(), "%00")]


@pytest.fixture
def door() -> Door:
    door = Door()
    shown = DistributionList(name="payments", title="Payments <b>& more</b>")
    door.lists.states[list_id("payments")] = KnownList(version=1, origin="api", list=shown)
    return door


async def send(door: Door, method: str, path: str = PATH, **how: Any) -> httpx.Response:
    return await door.send(method, path, role=None, **how)


async def test_looking_at_a_link_shows_a_form_and_changes_nothing(door: Door) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        assert (await send(door, method)).status_code in (200, 204)
    assert door.messages.said == []
    page = await send(door, "GET")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<form method="post">' in page.text
    assert 'name="List-Unsubscribe" value="One-Click"' in page.text
    assert "Payments &lt;b&gt;&amp; more&lt;/b&gt;" in page.text
    assert "a@example.com" not in page.text


async def test_a_page_may_load_nothing_and_run_nothing_and_is_kept_nowhere(door: Door) -> None:
    page = await send(door, "GET")
    policy = dict(each.split(" ", 1) for each in page.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert (policy["form-action"], policy["frame-ancestors"], policy["base-uri"]) == ("'self'", "'none'", "'none'")
    style = re.search(r"<style>(.*)</style>", page.text, re.DOTALL)
    assert style
    assert policy["style-src"] == f"'sha256-{base64.b64encode(sha256(style[1].encode()).digest()).decode()}'"
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "set-cookie" not in page.headers
    assert "<script" not in page.text


@pytest.mark.parametrize(
    "body",
    [
        {"data": PAIR},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b"List-Unsubscribe=One-Click", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
    ],
    ids=["urlencoded", "multipart", "as the RFC writes it"],
)
async def test_one_click_unsubscribes_whatever_room_is_away(door: Door, body: dict[str, Any]) -> None:
    door.messages.reply = None
    door.library.down = True
    for _ in range(2):
        answer = await send(door, "POST", **body)
        assert (answer.status_code, "You are unsubscribed" in answer.text) == (200, True)
    assert [said for _, said in door.messages.said] == [MEANT] * 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": {"List-Unsubscribe": "Later"}},
        {"data": {"x": "y"}},
        {"json": PAIR},
        {"content": b"List-Unsubscribe=One-Click"},
        {"files": {"List-Unsubscribe": ("a.txt", b"One-Click")}},
    ],
)
async def test_a_post_that_is_no_one_click_does_nothing(door: Door, body: dict[str, Any]) -> None:
    assert is_problem(await send(door, "POST", **body), 422, "one-click-expected", "List-Unsubscribe")
    assert door.messages.said == []


async def test_a_form_that_cannot_be_read_or_is_too_large_is_the_sender_s_fault(door: Door) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await send(door, "POST", content=b"--y\r\n", headers=kind)).status_code in (400, 422)
    many = {f"field-{n}": "x" for n in range(11)}
    assert (await send(door, "POST", data=PAIR | many)).status_code == 400
    large = await send(door, "POST", data={"List-Unsubscribe": "x" * 2**20})
    assert is_problem(large, 413, "body-too-large", "body")
    assert door.messages.said == []


@pytest.mark.parametrize("path", WRONG)
async def test_a_link_that_was_not_made_here_leads_nowhere_and_tells_nothing(door: Door, path: str) -> None:
    answers = [await send(door, "GET", path), await send(door, "POST", path, data=PAIR)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({answer.text for answer in answers}) == 1
    assert door.messages.said == []


async def test_a_link_to_nobody_answers_as_any_other_does(door: Door) -> None:
    nobody = f"/unsubscribe/{LINKS.token('payments', 'nobody@example.com')}"
    assert (await send(door, "GET", nobody)).text == (await send(door, "GET")).text
    assert (await send(door, "POST", nobody, data=PAIR)).text == (await send(door, "POST", data=PAIR)).text


async def test_the_list_that_nobody_keeps_and_one_that_is_gone_have_pages_too(door: Door) -> None:
    for name, words in ((INVOLVED, "incidents that you took part in"), ("gone", "Unsubscribe from this list")):
        page = await send(door, "GET", f"/unsubscribe/{LINKS.token(name, 'a@example.com')}")
        assert (page.status_code, words in page.text) == (200, True)


async def test_a_click_that_cannot_be_stored_is_to_be_sent_again(door: Door) -> None:
    door.messages.down = True
    answer = await send(door, "POST", data=PAIR)
    assert is_problem(answer, 503, "not-accepted")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", ["/v1/reviewers/a@example.com", "/unsubscribed/x", "/v1/incidents"])
async def test_no_other_route_takes_forms(door: Door, path: str) -> None:
    answer = await door.send("POST" if path == "/v1/incidents" else "PUT", path, data=PAIR)
    assert answer.status_code in (404, 415)
