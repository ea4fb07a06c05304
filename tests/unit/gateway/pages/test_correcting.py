"""Corrections in a page: begun with what was wrong, then written like any text."""

from __future__ import annotations

import pytest

from shared.contracts.commands import CorrectPostmortem
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.events import DraftRevised
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser
from tests.unit.gateway.pages.samples import ASKED, EDIT, FIRST, PATH, PUBLISHED, REPORT, SECTIONS, an_open_door, said

CORRECTION = f"/postmortems/{PM}/correction"
OPENED = a_draft(
    DraftRevised,
    revision=2,
    report=REPORT,
    sections=SECTIONS,
    correction_of=1,
    correction_note="It was 512, not 412.",
    status="draft",
    revised_at=NOW,
    revised_by="engineer@example.com",
)


@pytest.fixture
async def door() -> Door:
    return await an_open_door(ASKED, PUBLISHED)


async def test_it_is_begun_with_what_was_wrong_and_then_written(door: Door) -> None:
    async with Browser(door) as browser:
        form = (await browser.open(CORRECTION)).form(CORRECTION)
        answer = (await browser.send(CORRECTION, {**form, "note": "It was 512, not 412."})).answer
        assert (answer.status_code, answer.headers["location"]) == (303, f"{EDIT}?said=correcting")
    command = said(door)
    assert isinstance(command, CorrectPostmortem)
    assert (command.note, command.sections, command.title) == ("It was 512, not 412.", None, None)
    assert (command.base_revision, command.base_hash) == (1, FIRST.content_hash[:16])


@pytest.mark.parametrize("note", ["  ", "x" * 501])
async def test_what_was_wrong_has_to_be_said(door: Door, note: str) -> None:
    async with Browser(door) as browser:
        form = (await browser.open(CORRECTION)).form(CORRECTION)
        page = await browser.send(CORRECTION, {**form, "note": note})
        assert (page.status, page.form(CORRECTION)["note"]) == (422, note)
        assert "note" in page.text("//*[@role='alert']")
    assert door.messages.said == []


async def test_what_the_room_says_to_it_is_shown_with_what_was_typed(door: Door) -> None:
    refusal = Refusal(kind=Kind.CONFLICT, rule="correction-open", detail="There is a correction already.")
    door.messages.reply = Reply(refusal=refusal)
    async with Browser(door) as browser:
        form = (await browser.open(CORRECTION)).form(CORRECTION) | {"note": "Wrong."}
        page = await browser.send(CORRECTION, form)
        assert (page.status, page.form(CORRECTION)["note"]) == (409, "Wrong.")
        assert "already" in page.text("//*[@role='alert']")
        door.messages.down = True
        assert (await browser.send(CORRECTION, form)).status == 503


async def test_a_correction_is_edited_like_a_draft_and_says_what_it_corrects() -> None:
    async with Browser(await an_open_door(ASKED, PUBLISHED, OPENED)) as browser:
        for path in (EDIT, PATH):
            page = await browser.open(path)
            assert page.status == 200
            assert "This corrects revision 1, which is published: It was 512, not 412." in page.text()
            assert f"/postmortems/{PM}/withdraw" in page.links()


async def test_what_is_not_published_or_corrected_already_is_edited_as_it_is() -> None:
    for facts in ((), (ASKED, PUBLISHED, OPENED)):
        async with Browser(await an_open_door(*facts)) as browser:
            assert (await browser.open(CORRECTION)).answer.headers["location"] == EDIT
