"""Whatever happens to a text that somebody has typed, it stays in front of them."""

from __future__ import annotations

import pytest

from services.gateway.domain import etags
from shared.contracts.decision import Kind, Refusal, Reply
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, values
from tests.unit.gateway.pages.samples import PATH, SECOND, an_open_door, form_of, revised_by_another, said, saved


@pytest.fixture
async def door() -> Door:
    return await an_open_door()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\nb\x00c", "U+0000, in line 2"),
        ("x" * 100_001, "at most 100000 characters"),
        ("x y " * 256 * 1024, "at most 100000 characters"),
        ("\u202eevil " * 20_000, "at most 100000 characters"),
        ("a\n<<<<<<< yours\n", "Line 2 is a mark"),
    ],
)
async def test_a_text_that_is_not_taken_stays_in_the_form(door: Door, text: str, words: str) -> None:
    async with Browser(door) as browser:
        page = await saved(browser, text, note="why")
        assert page.status == 422
        assert words in page.text("//*[@role='alert']")
        kept = page.form(PATH)
        assert (kept["text"][:50], kept["note"]) == (text[:50].replace("\x00", kept["text"][3:4]), "why")
        assert len(kept["text"]) == len(text)
        assert page.all("//textarea[@id='text']/@data-unsaved")
    assert door.messages.said == []


async def test_more_than_a_form_may_have_is_a_page_that_says_so(door: Door) -> None:
    async with Browser(door) as browser:
        page = await saved(browser, "x" * (4 * 1024 * 1024))
        assert (page.status, "send less" in page.text()) == (413, True)


async def test_what_the_room_refuses_is_said_and_the_text_stays(door: Door) -> None:
    refusal = Refusal(kind=Kind.CONFLICT, rule="already-published", detail="A published postmortem is not edited.")
    door.messages.reply = Reply(refusal=refusal)
    async with Browser(door) as browser:
        page = await saved(browser, "413 orders.")
        assert (page.status, page.form(PATH)["text"]) == (409, "413 orders.")
        assert "is not edited" in page.text("//*[@role='alert']")


async def test_while_nothing_can_be_stored_the_text_stays_in_the_form(door: Door) -> None:
    async with Browser(door) as browser:
        form = await form_of(browser)
        door.messages.down = True
        page = await browser.send(PATH, {**form, "text": "413 orders."})
        assert (page.status, page.form(PATH)["text"]) == (503, "413 orders.")
        assert "send it again" in page.text("//*[@role='alert']")


async def test_of_a_section_that_another_has_changed_both_texts_are_shown(door: Door) -> None:
    async with Browser(door) as browser:
        form = await form_of(browser)
        await revised_by_another(door)
        page = await browser.send(PATH, {**form, "text": "None.\nBut for me.\n", "note": "why"})
        assert page.status == 412
        assert "ben@example.com has changed this section" in page.text("//*[@role='alert']")
        assert page.text("//*[@aria-label='The text that stands there now']") == "412 customers."
        assert page.text("//*[@aria-label='Your text']") == "None. But for me."
        assert "412 customers" in page.text("//*[@class='difference']//del")
        mine, both = [values(each) for each in page.all("//main//form")]
        assert mine["text"] == "None.\nBut for me.\n"
        assert "<<<<<<< yours\nNone.\nBut for me.\n=======\n412 customers.\n>>>>>>> theirs\n" in both["text"]
        assert mine["note"] == both["note"] == "why"
        for each in (mine, both):  # whichever is chosen is made on the text that was shown
            assert etags.base_meant((each["base"],), SECOND) == (2, SECOND.content_hash[:16], SECOND.access)


async def test_a_choice_is_saved_in_the_place_of_what_was_shown(door: Door) -> None:
    async with Browser(door) as browser:
        form = await form_of(browser)
        await revised_by_another(door)
        page = await browser.send(PATH, {**form, "text": "Mine.\n"})
        chosen = values(page.all("//main//form")[0])
        door.messages.said.clear()
        door.messages.reply = Reply()
        assert (await browser.send(PATH, chosen)).status == 303
    command = said(door)
    assert (command.base_revision, command.sections) == (2, {"impact": "Mine.\n"})


async def test_a_form_that_names_no_text_that_stood_there_is_a_conflict_with_what_does(door: Door) -> None:
    async with Browser(door) as browser:
        for base in ("", "nonsense", '"1-0000000000000000"'):
            page = await saved(browser, "Mine.", base=base)
            assert page.status == 412
            assert page.text("//*[@aria-label='Your text']") == "Mine."
            assert page.text("//*[@aria-label='The text that stands there now']") == "None."
    assert door.messages.said == []
