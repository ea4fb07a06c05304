"""Editing a section in a page: what is shown, and what saving does."""

from __future__ import annotations

import pytest

from shared.contracts.coaching import DismissRemark, RestoreRemark
from shared.contracts.commands import RevisePostmortem
from shared.contracts.decision import Reply
from shared.contracts.events import DraftCreated
from shared.contracts.skipping import PostmortemSkipped
from tests.helpers.builders import NOW, PM, a_draft, a_remark
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser
from tests.unit.gateway.pages.samples import (
    ASKED,
    EDIT,
    FIRST,
    PATH,
    PUBLISHED,
    REPORT,
    an_open_door,
    form_of,
    revised_by_another,
    said,
    saved,
    view_of,
)


@pytest.fixture
async def door() -> Door:
    return await an_open_door()


async def test_a_section_stands_there_with_its_help_its_questions_and_what_it_looks_like(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open(PATH)
        assert page.text("//h1") == "Impact"
        assert page.text("//*[@id='help']") == "Numbers, please."
        assert "How many?" in page.text("//details")
        assert page.form(PATH)["text"] == "None.\n"
        assert page.text("//*[@id='preview']//p") == "None."
        assert not page.all("//style | //script[not(@src)] | //@style | //@onclick")


async def test_remarks_and_what_should_not_be_there_stand_beside_the_text_with_their_places(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open(PATH)
        remarks = page.text("//*[@id='remarks']")
        assert "Line 1: should have" in remarks.replace("“", "").replace("”", "")
        assert "This tells what did not happen." in remarks
        assert "GitHub token" in remarks
        assert page.all("//*[@id='remarks']//a/@data-end-column") == ["5", "12"]


async def test_what_is_typed_becomes_a_revision_made_on_the_one_that_was_shown(door: Door) -> None:
    async with Browser(door) as browser:
        answer = (await saved(browser, "413 orders.\r\n\r\nAnd so on.", note="counted")).answer
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?of=impact&said=saved")
    command = said(door)
    assert isinstance(command, RevisePostmortem)
    assert (command.sections, command.note) == ({"impact": "413 orders.\n\nAnd so on."}, "counted")
    assert (command.base_revision, command.base_hash) == (1, FIRST.content_hash[:16])


async def test_one_goes_on_to_the_next_section_and_after_the_last_to_all_of_them(door: Door) -> None:
    async with Browser(door) as browser:
        form = (await browser.open(f"{EDIT}/overview")).form(f"{EDIT}/overview")
        answer = (await browser.send(f"{EDIT}/overview", {**form, "text": "x", "then": "next"})).answer
        assert answer.headers["location"] == f"{PATH}?of=overview&said=saved"
        answer = (await saved(browser, "y", then="next")).answer
        assert answer.headers["location"] == f"{EDIT}?of=impact&said=saved"


async def test_the_same_form_sent_twice_is_one_command(door: Door) -> None:
    async with Browser(door) as browser:
        form = await form_of(browser)
        for _ in range(2):
            assert (await browser.send(PATH, {**form, "text": "413 orders."})).status == 303
    assert len({id for id, _ in door.messages.said}) == 1


async def test_a_text_that_nobody_has_touched_is_no_change_whatever_others_did(door: Door) -> None:
    async with Browser(door) as browser:
        form = await form_of(browser)
        await revised_by_another(door)
        answer = (await browser.send(PATH, form)).answer
        assert answer.headers["location"].endswith("said=unchanged")
    assert door.messages.said == []


async def test_lines_that_were_kept_with_other_ends_are_no_change(door: Door) -> None:
    door.views[PM] = view_of(a_draft(DraftCreated, report={"impact": "a\r\nb\rc\n"}))
    async with Browser(door) as browser:
        answer = (await browser.send(PATH, {**await form_of(browser), "text": "a\r\nb\r\nc\r\n"})).answer
        assert answer.headers["location"].endswith("said=unchanged")


async def test_what_was_merged_or_will_be_done_later_is_said_so(door: Door) -> None:
    async with Browser(door) as browser:
        door.messages.reply = Reply(data={"revision": 3, "content_hash": "0" * 64, "merged_from": 1})
        assert (await saved(browser, "x")).answer.headers["location"].endswith("said=merged")
        door.messages.reply = None
        answer = (await saved(browser, "y")).answer  # the browser keeps it until it stands there
        assert answer.headers["location"] == f"{PATH}?said=later"


async def test_without_a_script_a_button_shows_what_is_typed_and_saves_nothing(door: Door) -> None:
    async with Browser(door) as browser:
        form = await form_of(browser)
        page = await browser.send(f"{PATH}/preview", {**form, "text": "# Big\n\n*so* <script>alert(1)</script>"})
        assert page.status == 200
        assert page.text("//*[@id='preview']//h3") == "Big"
        assert page.text("//*[@id='preview']//em") == "so"
        assert page.form(PATH)["text"].startswith("# Big")
        assert page.form(PATH)["base"] == form["base"]
        assert not page.all("//*[@id='preview']//script | //*[@id='preview']//h1")
    assert door.messages.said == []


async def test_the_preview_alone_is_safe_html_and_for_who_may_see_the_postmortem(door: Door) -> None:
    async with Browser(door) as browser:
        path = f"/postmortems/{PM}/preview"
        text = "[x](javascript:alert(1)) <img src=x onerror=alert(1)>\n\n" + "|a|b|\n|-|-|\n" + "|1|2|\n" * 500
        page = await browser.send(path, {"text": text})
        assert page.status == 200
        assert not page.all("//a[starts-with(@href, 'javascript')] | //img | //@onerror | //html/head")
        assert (await browser.send(path.replace(PM, "0" * 8 + PM[8:]), {"text": "x"})).status == 404
        assert (await browser.send_unsigned(path, {"text": "x"})).status == 403


async def test_a_remark_is_dismissed_with_a_reason_while_the_typed_text_stays(door: Door) -> None:
    remark = a_remark().id
    async with Browser(door) as browser:
        path = f"{PATH}/remarks/{remark}"
        form = {**await form_of(browser), "text": "Half a sent", f"reason-{remark}": "It is a quote."}
        page = await browser.send(f"{path}/dismissal", form)
        assert page.status == 200
        assert "dismissed" in page.text("//*[@role='status']")
        assert page.form(PATH)["text"] == "Half a sent"
        page = await browser.send(f"{path}/dismissal", {**form, f"reason-{remark}": "  "})
        assert (page.status, page.form(PATH)["text"]) == (422, "Half a sent")
        assert (await browser.send(f"{path}/restore", form)).form(PATH)["text"] == "Half a sent"
    first, second = (command for _, command in door.messages.said)
    assert isinstance(first, DismissRemark)
    assert isinstance(second, RestoreRemark)
    assert (first.remark, first.reason) == (remark, "It is a quote.")


async def test_remarks_of_an_older_text_are_said_to_be_so(door: Door) -> None:
    await revised_by_another(door)
    async with Browser(door) as browser:
        assert "newer than these remarks" in (await browser.open(f"{PATH}/remarks")).text("//*")


async def test_there_is_no_page_for_a_section_or_a_postmortem_that_is_not_there(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open(f"{EDIT}/nothing")
        assert (page.status, "no section" in page.text()) == (404, True)
        assert (await browser.open(f"{EDIT}/NOT-A-NAME")).status == 422
        assert (await browser.open(PATH.replace(PM, "0" * 8 + PM[8:]))).status == 404


async def test_a_restricted_postmortem_is_nobody_else_s_to_edit() -> None:
    door = Door(views={PM: view_of(a_draft(DraftCreated, report=REPORT, restricted=True))})
    async with Browser(door) as browser:
        for path in (EDIT, PATH, f"{PATH}/remarks", f"/postmortems/{PM}/import", f"/postmortems/{PM}/correction"):
            page = await browser.open(path)
            assert page.status == 404
            assert "Checkout" not in page.answer.text
        for path in (EDIT, PATH, f"{PATH}/autosave", f"{PATH}/preview", f"/postmortems/{PM}/import/take"):
            page = await browser.send(path, {"text": "x", "base": "x"})
            assert (page.status, "Slow." in page.answer.text) == (404, False)
    assert door.messages.said == []


async def test_who_is_not_signed_in_is_led_there_first(door: Door) -> None:
    async with Browser(door, None) as browser:
        assert (await browser.open(PATH)).answer.headers["location"].startswith("/sign-in?next=")
        assert (await browser.send_unsigned(PATH, {"text": "x"})).status == 303
    assert door.messages.said == []


async def test_what_is_published_leads_to_its_correction() -> None:
    door = await an_open_door(ASKED, PUBLISHED)
    async with Browser(door) as browser:
        for path in (EDIT, PATH, f"/postmortems/{PM}/import"):
            answer = (await browser.open(path)).answer
            assert (answer.status_code, answer.headers["location"]) == (303, f"/postmortems/{PM}/correction")


async def test_what_is_skipped_says_why_it_is_not_edited() -> None:
    skipped = a_draft(PostmortemSkipped, toggles=1, skipped_at=NOW, skipped_by="ada@example.com", reason="No harm.")
    door = await an_open_door(skipped)
    async with Browser(door) as browser:
        page = await browser.open(PATH)
        assert (page.status, "skipped" in page.text()) == (409, True)
