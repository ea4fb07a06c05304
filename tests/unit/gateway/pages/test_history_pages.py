"""The history of a postmortem in a browser: its revisions, each of them, and what is different between two."""

from __future__ import annotations

import pytest

from services.gateway.domain.history import segments
from services.gateway.domain.pages.differences import pieces
from tests.helpers.builders import PM
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser
from tests.helpers.reading import a_publication, a_revision, put

PATH = f"/postmortems/{PM}"
LONG = "".join(f"Line {n} stays.\n" for n in range(20))


@pytest.fixture
async def door() -> Door:
    """A gateway that knows three revisions, of which the second is published."""
    door = Door()
    second = a_revision(2, report={"overview": f"{LONG}It was 400.\n", "impact": "<b>2</b>\n"})
    third = a_revision(3, report={"overview": f"{LONG}It was 413.\n", "gone": "x\n"}, title="Search <is> slow")
    await put(door, a_revision(1), second, a_publication(second), third)
    return door


async def test_revisions_are_listed_with_who_when_and_why_and_two_are_chosen_to_compare(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open(f"{PATH}/history")
        rows = [" ".join(" ".join(row.itertext()).split()) for row in page.all("//tbody/tr")]
        assert [row.split()[0] for row in rows] == ["3", "2", "1"]
        assert "writer@example.com change 2" in rows[1]
        assert "published" in rows[1]
        assert "Afterword first draft" in rows[2]
        chosen = page.form(f"{PATH}/diff")
        assert chosen == {"from": "2", "to": "3"}
        assert (await browser.open(f"{PATH}/diff?from=2&to=3")).status == 200


async def test_a_long_history_goes_on_on_further_pages() -> None:
    door = Door()
    await put(door, *(a_revision(number) for number in range(1, 62)))
    async with Browser(door) as browser:
        page = await browser.open(f"{PATH}/history")
        (older,) = [link for link in page.links() if "cursor=" in link]
        assert (await browser.open(older)).text("//tbody/tr/td[3]/a") == "11"
        assert (await browser.open(f"{PATH}/history?cursor=nonsense")).status == 422


async def test_a_difference_is_told_by_marks_and_words_and_not_by_colour_alone(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open(f"{PATH}/diff?from=2&to=3")
    overview = page.all("//section[@aria-labelledby='changed-overview']")[0]
    assert [each.text_content() for each in overview.xpath(".//ins | .//del")] == ["gone: 400", "new: 413"]
    assert page.text("//section[@aria-labelledby='changed-impact']//h2") == "Impact removed"
    assert page.text("//section[@aria-labelledby='changed-gone']//h2") == "Gone added"
    assert "Search <is> slow" in page.text("//section[@aria-labelledby='fields']//ins")
    assert not page.all("//b")


async def test_what_is_far_from_a_change_is_left_out_until_it_is_asked_for(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open(f"{PATH}/diff?from=2&to=3")
        assert page.text("//*[contains(@class, 'gap')]") == "18 lines are the same"
        assert "Line 2 stays" not in page.text()
        (whole,) = [link for link in page.links() if "whole=true" in link]
        assert "Line 2 stays" in (await browser.open(whole)).text()


async def test_two_revisions_are_compared_whichever_is_named_first(door: Door) -> None:
    async with Browser(door) as browser:
        one, other = [await browser.open(f"{PATH}/diff?{way}") for way in ("from=3&to=1", "from=1&to=3")]
        assert one.text("//h1") == other.text("//h1") == "From revision 1 to 3"
        assert "Both say the same." in (await browser.open(f"{PATH}/diff?from=2&to=2")).text()


async def test_an_old_revision_is_read_as_it_was_and_says_that_it_is_old(door: Door) -> None:
    async with Browser(door) as browser:
        page = await browser.open(f"{PATH}/revisions/2")
        assert "revision 2 of 3" in page.text("//p[@class='note']")
        assert "It was 400." in page.text("//section[@id='overview']")
        assert f"{PATH}/diff?from=2&to=3" in page.links()
        assert f"{PATH}/export?format=md&revision=2" in page.links()


@pytest.mark.parametrize(
    ("path", "status"), [("/revisions/9", 404), ("/revisions/x", 422), ("/diff?from=1&to=9", 404), ("/diff?to=0", 422)]
)
async def test_what_there_is_not_is_a_page_that_says_so(door: Door, path: str, status: int) -> None:
    async with Browser(door) as browser:
        page = await browser.open(PATH + path)
        assert (page.status, len(page.all("//h1"))) == (status, 1)


def test_a_short_difference_is_shown_whole_and_a_long_one_around_its_changes() -> None:
    assert [piece.op for piece in pieces(list(segments("a b", "a c")))] == ["equal", "delete", "insert"]
    far = list(segments(f"x\n{LONG}y\n", f"X\n{LONG}Y\n"))
    assert [(piece.op, piece.lines) for piece in pieces(far) if piece.op == "gap"] == [("gap", 15)]
    assert "gap" not in {piece.op for piece in pieces(far, None)}
