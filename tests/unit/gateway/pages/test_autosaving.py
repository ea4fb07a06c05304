"""What a section's page saves by itself while somebody types, and how it learns what became of that."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.gateway.domain import etags
from shared.contracts.commands import RevisePostmortem
from shared.contracts.decision import Reply
from tests.helpers.front_door import Door, is_problem
from tests.helpers.pages import Browser
from tests.unit.gateway.pages.samples import ASKED, FIRST, PATH, SECOND, an_open_door, form_of, revised_by_another, said

AUTOSAVE = f"{PATH}/autosave"


@pytest.fixture
async def door() -> Door:
    return await an_open_door()


async def autosaved(browser: Browser, form: dict[str, str], text: str, **more: str) -> httpx.Response:
    """Send what the page's script sends: the form without its key, which is for the button."""
    fields = {name: value for name, value in form.items() if name != "key"} | {"text": text, **more}
    return await browser.client.post(AUTOSAVE, data=fields, headers={"Accept": "application/json"})


async def test_what_is_typed_is_saved_as_a_revision_that_says_so(door: Door) -> None:
    door.messages.reply = Reply(data={"revision": 2, "content_hash": SECOND.content_hash})
    async with Browser(door) as browser:
        told = (await autosaved(browser, await form_of(browser), "412 customers.\n")).json()
    command = said(door)
    assert isinstance(command, RevisePostmortem)
    assert (command.sections, command.note) == ({"impact": "412 customers.\n"}, "autosaved")
    assert told["said"] == "Saved 12:00"
    assert etags.base_meant((told["base"],), FIRST) == (2, SECOND.content_hash[:16], None)


async def test_a_note_that_somebody_has_typed_goes_with_it(door: Door) -> None:
    door.messages.reply = Reply(data={"revision": 2, "content_hash": SECOND.content_hash})
    async with Browser(door) as browser:
        await autosaved(browser, await form_of(browser), "x", note="counted")
    assert said(door).note == "counted"


async def test_what_was_merged_is_said_so(door: Door) -> None:
    door.messages.reply = Reply(data={"revision": 3, "content_hash": "0" * 64, "merged_from": 1})
    async with Browser(door) as browser:
        told = (await autosaved(browser, await form_of(browser), "x")).json()
    assert told["said"] == "Saved 12:00, beside what others have changed in other parts"


async def test_what_is_as_it_was_is_saved_already(door: Door) -> None:
    async with Browser(door) as browser:
        form = await form_of(browser)
        told = (await autosaved(browser, form, "None.\n")).json()
    assert told == {"said": "Saved 12:00", "base": form["base"]}
    assert door.messages.said == []


async def test_what_will_be_saved_later_is_made_on_the_same_text_as_before(door: Door) -> None:
    async with Browser(door) as browser:
        form = await form_of(browser)
        door.messages.reply = None
        told = (await autosaved(browser, form, "x")).json()
    assert ("Accepted" in told["said"], told["base"]) == (True, form["base"])


async def test_of_a_text_that_changed_meanwhile_it_learns_what_stands_there_now(door: Door) -> None:
    async with Browser(door) as browser:
        form = await form_of(browser)
        await revised_by_another(door)
        answer = await autosaved(browser, form, "Mine.")
    assert is_problem(answer, 412, "stale-revision", "If-Match")
    told = answer.json()
    assert told["conflicts"][0]["current"] == "412 customers.\n"
    assert etags.base_meant((told["base"],), SECOND) == (2, SECOND.content_hash[:16], 0)


@pytest.mark.parametrize(("text", "rule"), [("a\x00", "invalid-field"), ("<<<<<<< yours\n", "marks-left")])
async def test_a_text_that_is_not_taken_is_a_problem_in_words(door: Door, text: str, rule: str) -> None:
    async with Browser(door) as browser:
        answer = await autosaved(browser, await form_of(browser), text)
    assert (answer.status_code, answer.json()["rule"]) == (422, rule)
    assert answer.json()["detail"]


async def test_while_nothing_can_be_stored_it_is_told_to_come_again(door: Door) -> None:
    async with Browser(door) as browser:
        form = await form_of(browser)
        door.messages.down = True
        assert is_problem(await autosaved(browser, form, "x"), 503, "not-accepted")


async def test_while_others_review_it_nothing_is_saved_by_itself() -> None:
    door = await an_open_door(ASKED)
    async with Browser(door) as browser:
        page = await browser.open(PATH)
        assert page.all("//form[@id='editor']/@data-autosave") == []
        assert "a new revision" in page.text("//*[@class='note'][1]/../p[@class='note']")
        answer = await autosaved(browser, page.form(PATH), "x")
    assert is_problem(answer, 409, "not-autosaved")
    assert door.messages.said == []


async def test_a_draft_is_saved_by_itself_unless_its_section_is_not_there(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open(PATH)
        assert page.all("//form[@id='editor']/@data-autosave") == [AUTOSAVE]
        fields: dict[str, Any] = {"csrf": browser.csrf, "text": "x"}
        path = AUTOSAVE.replace("impact", "nothing")
        assert (await browser.client.post(path, data=fields, headers={"Accept": "*/*"})).status_code == 404


async def test_who_is_signed_out_meanwhile_is_told_so_in_a_way_that_the_script_reads(door: Door) -> None:
    async with Browser(door) as browser:
        form = await form_of(browser)
        door.sessions.kept.clear()
        assert is_problem(await autosaved(browser, form, "x"), 401, "sign-in-needed")
