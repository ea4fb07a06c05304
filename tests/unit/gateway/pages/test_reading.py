"""The reading page of a postmortem: its text, what happened, what follows from it, who was there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.gateway.handlers.pages.rendering import POLICY
from shared.contracts.base import postmortem_id
from shared.contracts.closing import PostmortemClosed
from shared.contracts.events import ReviewApproved, ReviewRequested
from shared.contracts.importing import ImportedFrom, PostmortemImported
from shared.contracts.merging import PostmortemMerged
from shared.contracts.sections import Section
from shared.contracts.skipping import PostmortemSkipped
from tests.helpers.builders import NOW, PM, REPORT, a_draft, a_snapshot
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, Page
from tests.helpers.reading import DURATIONS, ENGINEER, a_meeting, a_publication, a_revision, an_entry, put

PATH = f"/postmortems/{PM}"
NASTY = """# <script>alert(1)</script>

[x](javascript:alert(1)) ![i](https://spy.example.com/i.png) <img src=x onerror=alert(1)>

| a | b |
|---|---|
| 1 | 2 |
"""
INLINE = "//style | //script[not(@src)] | //@style | //@*[starts-with(name(), 'on')]"


async def seen(door: Door, path: str = PATH, role: str = "engineer") -> Page:
    """Return a page as somebody sees it."""
    async with Browser(door, role) as browser:
        return await browser.open(path)


def words(page: Page, xpath: str) -> str:
    """Return the words of the first element that is found, a space between its parts."""
    return " ".join(" ".join(page.all(xpath)[0].itertext()).split())


def buttons(page: Page) -> list[str]:
    """Return the ways on that stand at the top of the page."""
    return [each.text_content() for each in page.all("//header[@class='headline']//a[contains(@class, 'button')]")]


async def test_the_text_is_shown_by_sections_that_the_contents_lead_to() -> None:
    door = Door()
    await put(door, a_revision(1, report={**REPORT, "impact": "## Orders\n\n412 of them.\n"}))
    page = await seen(door)
    assert page.status == 200
    anchors = [each.removeprefix("#") for each in page.all("//nav[@class='contents']//a/@href")]
    assert anchors[:4] == ["overview", "what_happened", "impact", "impact-orders"]
    assert all(page.all(f"//*[@id='{anchor}']") for anchor in anchors)
    assert "412 of them." in page.text("//section[@id='impact']")
    assert page.text("//h1") == "Checkout answers slowly"
    assert len(page.all("//h1")) == 1


async def test_what_people_wrote_acts_on_nothing_and_its_headings_stand_below_the_page_s() -> None:
    door = Door()
    await put(door, a_revision(1, title="<b>Ж</b> שלום 😀", report={"impact": NASTY}))
    page = await seen(door)
    assert not page.all(INLINE)
    assert not page.all("//section[@id='impact']//*[self::script or self::img or @onerror]")
    assert not page.all("//a[starts-with(@href, 'javascript')]")
    assert page.text("//section[@id='impact']//h3") == "<script>alert(1)</script>"
    assert page.all("//section[@id='impact']//div[@class='wide'][@tabindex='0']/table")
    assert page.answer.headers["content-security-policy"] == POLICY


async def test_a_section_that_nobody_has_written_yet_says_what_belongs_there_and_is_gone_when_it_is_published() -> None:
    sections = (Section(name="overview", title="Overview"), Section(name="impact", title="Impact", help="Numbers?"))
    text: dict[str, Any] = {"report": {"overview": "Slow.\n", "impact": ""}, "sections": sections}
    door = Door()
    await put(door, draft := a_revision(1, **text, missing=("impact",)))
    page = await seen(door)
    assert "Still to be written. Write Impact Numbers?" in page.text("//section[@id='impact']")
    assert f"{PATH}/edit/impact" in page.links()
    assert "1 section is still to be written" in page.text("//header[@class='headline']")
    await put(door, a_publication(draft))
    assert not (await seen(door)).all("//section[@id='impact']")


async def test_a_section_that_only_asks_still_is_marked_as_such_for_those_who_may_write_it() -> None:
    door = Door()
    await put(door, a_revision(1, report={"impact": "> To do: numbers.\n"}, missing=("impact",)))
    page = await seen(door)
    assert page.text("//nav[@class='contents']//a[@href='#impact']") == "Impact (to be written)"
    assert page.text("//section[@id='impact']//p") == "to be written Write Impact"


async def test_the_facts_lead_into_the_library() -> None:
    door = Door()
    await put(door, a_revision(1, services=("check out & pay",), tags=("dns",), durations=DURATIONS))
    page = await seen(door)
    assert "/library?service=check%20out%20%26%20pay" in page.links()
    assert "/library?tag=dns" in page.links()
    strip = words(page, "//dl[@class='strip']")
    assert "Time to detect 8 min" in strip
    assert "Time to resolve 48 min" in strip


async def test_the_timeline_is_drawn_with_its_words_and_told_in_a_table() -> None:
    door = Door()
    entries = (an_entry(5, "Second"), an_entry(0, "First", who="Rita", role="incident_commander"))
    await put(door, a_revision(1, timeline=entries, durations=DURATIONS))
    page = await seen(door)
    assert [each.text for each in page.all("//*[local-name()='text'][@class='name']")] == ["To detect", "To resolve"]
    assert page.text("//*[local-name()='desc']").startswith("From 2026-03-02 09:52 UTC to 2026-03-02 10:48 UTC")
    rows = [" ".join(" ".join(row.itertext()).split()) for row in page.all("//table[@class='events']/tbody/tr")]
    assert rows == ["1 2026-03-02 10:00 UTC note First Incident commander: Rita", "2 2026-03-02 10:05 UTC note Second"]


async def test_people_stand_behind_their_roles() -> None:
    door = Door()
    await put(door, a_revision(1))
    told = words(await seen(door), "//section[@id='people']")
    assert told.index("Incident commander Rita Responder") < told.index("Responder Tom Berg") < told.index("Owner")


async def test_a_program_is_led_to_the_api_and_a_script_of_the_page_gets_the_page() -> None:
    door = Door()
    await put(door, a_revision(1))
    async with Browser(door) as browser:
        answer = await browser.client.get(PATH, headers={"Accept": "*/*"})
        assert answer.headers["location"] == f"https://afterword.example.com/v1{PATH}"
        answer = await browser.client.get(PATH, headers={"Accept": "*/*", "HX-Request": "true"})
        assert 'id="live"' in answer.text


async def test_what_is_restricted_is_not_there_for_others() -> None:
    door = Door()
    await put(door, a_revision(1, restricted=True, access=1))
    assert "restricted" in (await seen(door)).text("//header[@class='headline']")
    for path in ("", "/history", "/diff", "/revisions/1", "/export", "/deliveries", "/submit", "/action-items/new"):
        page = await seen(door, PATH + path, "admin")
        assert page.status == 404
        assert "Checkout" not in page.answer.text


@pytest.mark.parametrize(
    ("role", "ways"),
    [
        ("engineer", ["Submit for review", "Edit", "Skip", "History"]),
        ("reviewer", ["Submit for review", "Edit", "History"]),
    ],
)
async def test_who_owns_a_draft_is_shown_more_ways_on_than_others(role: str, ways: list[str]) -> None:
    door = Door()
    await put(door, a_revision(1))
    assert buttons(await seen(door, role=role)) == ways


async def test_each_status_says_what_comes_next() -> None:
    door = Door()
    asked = a_draft(ReviewRequested, owner=ENGINEER, requested_at=NOW, requested_by="x@example.com")
    await put(door, a_revision(1), asked)
    page = await seen(door)
    assert "In review: 0 approvals" in page.text("//article//*[@class='note']")
    assert buttons(page) == ["Review", "Edit", "Skip", "History"]
    approved = a_draft(ReviewApproved, owner=ENGINEER, approvals=(), approved_at=NOW)
    await put(door, approved)
    assert buttons(await seen(door)) == ["Publish now", "Edit", "Review", "Skip", "History"]
    assert "Publish now" not in buttons(await seen(door, role="reviewer"))


async def test_what_is_skipped_says_why_and_can_be_asked_for() -> None:
    door = Door()
    skipped = {"reason": "It was a <drill>.", "skipped_by": "afterword", "skipped_at": NOW, "toggles": 1}
    await put(door, a_draft(PostmortemSkipped, **skipped))
    page = await seen(door)
    assert "Skipped by the policy" in page.text("//article//*[@class='note']")
    assert "It was a <drill>." in page.text("//article//*[@class='note']")
    assert buttons(page) == ["Ask for a postmortem", "History"]


async def test_what_is_merged_leads_to_the_postmortem_that_has_its_incident_for_whoever_may_see_that() -> None:
    door = Door()
    other = postmortem_id("x", "other")
    await put(door, a_revision(1, postmortem_id=other))
    await put(
        door, a_revision(1), PostmortemMerged(**a_snapshot(), into=other, merged_at=NOW, merged_by="a@example.com")
    )
    page = await seen(door)
    assert f"/postmortems/{other}" in page.links()
    assert buttons(page) == ["History"]
    door.views[other] = door.views[other].changed(
        draft=a_draft(type(a_revision(1)), postmortem_id=other, restricted=True, access=1)
    )
    assert f"/postmortems/{other}" not in (await seen(door)).links()


async def test_what_is_published_can_be_corrected_and_a_correction_shows_what_is_different() -> None:
    door = Door()
    await put(door, draft := a_revision(1), a_publication(draft))
    assert buttons(await seen(door)) == ["Correct", "History"]
    await put(door, a_revision(2, correction_of=1, correction_note="It was 512."))
    page = await seen(door)
    assert "This corrects what was published: It was 512." in page.text("//article//*[@class='note']")
    assert {f"{PATH}/revisions/1", f"{PATH}/diff?from=1&to=2", f"{PATH}/correction"} <= set(page.links())


async def test_of_what_was_imported_nothing_is_followed_up_and_nobody_owns_it_whom_its_file_does_not_name() -> None:
    door = Door()
    came = {"source": "2019/dns.md", "dated_at": NOW, "at": NOW, "by": "admin@example.com", "owner_known": False}
    await put(door, a_draft(PostmortemImported, owner=ENGINEER, imported=ImportedFrom.model_validate(came)))
    page = await seen(door)
    assert not page.all("//*[@id='tracked-items'] | //a[@href='#tracked-items'] | //dt[.='Due']")
    assert "Owner" not in page.text("//section[@id='people']")


async def test_what_is_closed_says_so() -> None:
    door = Door()
    closed = PostmortemClosed(postmortem_id=PM, revision=1, items=1, closed_at=NOW + timedelta(days=30))
    await put(door, draft := a_revision(1), a_publication(draft), closed)
    assert "Closed 2026-04-01: its report is out" in (await seen(door)).text("//article")


async def test_who_else_reads_what_is_restricted_is_said_to_those_who_see_it() -> None:
    door = Door()
    await put(door, a_revision(1, restricted=True, access=1, readers=("guest@example.com",)))
    assert "guest@example.com" in (await seen(door)).text("//dl[@class='strip']")


async def test_the_page_with_all_that_it_needs_is_below_60_kb() -> None:
    door = Door()
    await put(door, a_revision(1, timeline=[an_entry(n) for n in range(100)], durations=DURATIONS), a_meeting())
    async with Browser(door) as browser:
        answer = await browser.client.get(PATH, headers={"Accept-Encoding": "gzip"})
        assert int(answer.headers["content-length"]) < 12_000
