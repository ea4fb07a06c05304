"""A text that was edited elsewhere comes back: what would change is shown first, and taken part by part."""

from __future__ import annotations

import pytest

from services.gateway.domain import etags
from shared.contracts.base import Severity
from shared.contracts.commands import RevisePostmortem
from tests.helpers.builders import PM
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, Page
from tests.unit.gateway.pages.samples import EDIT, FIRST, SECOND, an_open_door, revised_by_another, said

IMPORT = f"/postmortems/{PM}/import"
TAKE = f"{IMPORT}/take"
TEXT = "# Checkout answered\n\n- Severity: SEV1\n\n## Impact\n\n413 orders.\n\n## Overview\n\nSlow.\n"


@pytest.fixture
async def door() -> Door:
    return await an_open_door()


async def given(browser: Browser, text: str, **more: str) -> Page:
    return await browser.send(IMPORT, {**(await browser.open(IMPORT)).form(IMPORT), "text": text, **more})


async def test_what_would_change_is_shown_and_nothing_is_done(door: Door) -> None:
    async with Browser(door) as browser:
        page = await given(browser, TEXT)
        assert page.status == 200
        assert page.all("//input[@type='checkbox']/@value") == ["title", "severity", "sections.impact"]
        assert "413 orders" in page.text("//section[h2[@id='head-impact-text']]//ins")
    assert door.messages.said == []


async def test_a_file_is_read_as_well(door: Door) -> None:
    async with Browser(door) as browser:
        fields = {"csrf": browser.csrf, "text": "", "revision": ""}
        for content, status in (("\ufeff" + TEXT.replace("\n", "\r\n")).encode(), 200), (b"## Impact\n\ncaf\xe9", 422):
            answer = Page(await browser.client.post(IMPORT, data=fields, files={"file": ("a.md", content)}))
            assert answer.status == status
        assert "no UTF-8" in answer.text("//*[@role='alert']")


async def test_what_is_chosen_is_saved_and_the_rest_is_left(door: Door) -> None:
    async with Browser(door) as browser:
        form = (await given(browser, TEXT, note="by mail")).form(TAKE)
        answer = (await browser.send(TAKE, {**form, "part": ["severity", "sections.impact"]})).answer
        assert (answer.status_code, answer.headers["location"]) == (303, f"{EDIT}?said=taken")
    command = said(door)
    assert isinstance(command, RevisePostmortem)
    assert (command.title, command.severity, command.sections) == (None, Severity.SEV1, {"impact": "413 orders.\n"})
    assert (command.note, command.base_revision, command.base_hash) == ("by mail", 1, FIRST.content_hash[:16])


async def test_when_nothing_is_chosen_nothing_is_done(door: Door) -> None:
    async with Browser(door) as browser:
        form = (await given(browser, TEXT)).form(TAKE)
        answer = (await browser.send(TAKE, {**form, "part": []})).answer
        assert answer.headers["location"] == f"{EDIT}?said=unchanged"
        assert "Nothing: the text says" in (await given(browser, "## Overview\n\nSlow.\n")).text()
    assert door.messages.said == []


async def test_what_an_older_export_says_as_that_revision_did_is_no_change(door: Door) -> None:
    await revised_by_another(door)
    async with Browser(door) as browser:
        page = await given(browser, "## Impact\n\nNone.\n\n## Overview\n\nVery slow.\n", revision="1")
        assert page.all("//input[@type='checkbox']/@value") == ["sections.overview"]
        assert (await given(browser, TEXT, revision="9")).status == 404
        for wrong in ("0", "x", "٣", "9" * 30):
            page = await given(browser, TEXT, revision=wrong)
            assert (page.status, page.form(IMPORT)["text"]) == (422, TEXT)


async def test_what_has_changed_since_it_was_shown_is_shown_anew(door: Door) -> None:
    async with Browser(door) as browser:
        form = (await given(browser, TEXT)).form(TAKE)
        await revised_by_another(door)
        page = await browser.send(TAKE, {**form, "part": ["sections.impact"]})
        assert page.status == 412
        assert "412" in page.text("//section[h2[@id='head-impact-text']]//del")
        again = page.form(TAKE)
        assert (again["text"], again["revision"]) == (TEXT, "1")
        assert etags.base_meant((again["base"],), SECOND) == (2, SECOND.content_hash[:16], 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no heading"),
        ("## Impakt\n\nx\n", "no section"),
        ("## Impact\n\na\x00b\n", "control character"),
        ("## Impact\n\n" + "x" * 100_001, "are the most"),
        ('{"sections": {"impact": 7}}', "impact"),
        ("{", "body"),
    ],
)
async def test_a_text_that_is_not_read_stays_in_the_form(door: Door, text: str, words: str) -> None:
    async with Browser(door) as browser:
        page = await given(browser, text)
        assert page.status == 422
        assert words in page.text("//*[@role='alert']")
        assert len(page.form(IMPORT)["text"]) == len(text)


async def test_json_is_read_too(door: Door) -> None:
    async with Browser(door) as browser:
        page = await given(browser, '{"sections": {"impact": "413 orders."}}')
        assert page.all("//input[@type='checkbox']/@value") == ["sections.impact"]
