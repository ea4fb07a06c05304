"""The insights page: what is drawn and told, for whom, and what it says when there is little."""

from __future__ import annotations

from datetime import timedelta
from gzip import compress
from typing import Any

import pytest

from services.gateway.domain.facets import PublicationView, ReviewView
from services.gateway.domain.insights import insights
from services.gateway.domain.pages.figure import span
from services.gateway.domain.pages.insights import figures
from services.gateway.domain.requests import Request
from services.gateway.domain.view import View
from shared.contracts.base import Severity, derived_id, postmortem_id
from shared.contracts.events import Snapshot
from shared.contracts.values import Incident
from tests.helpers.builders import NOW, PM, a_draft, an_item
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser
from tests.unit.gateway.test_insights import a_meeting, a_passage, checked_views

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DRAWN = ["each", "steps", "months", "deadlines", "severities", "services", "turnaround", "findings", "items", "factors"]


def some_views(number: int, ended: Any = NOW - 9 * DAY, **fields: Any) -> dict[str, View]:
    """Return published postmortems of incidents that ended one hour after the other."""
    views = {}
    for n in range(number):
        at = ended + n * HOUR
        id = postmortem_id("tool", f"{at} {sorted(fields)}")
        incident = Incident(source="tool", external_id=id, resolved_at=at)
        asked = Request(email="reviewer@example.com", asked_at=at + DAY, answered_at=at + DAY + HOUR)
        views[id] = View(
            id=id,
            draft=a_draft(Snapshot, postmortem_id=id, incident=incident, deadline=at + 5 * DAY, **fields),
            created_at=at + HOUR,
            review=ReviewView(requested_at=at + DAY, requests=(asked,)),
            meeting=a_meeting(start=at + 3 * DAY, end=at + 3 * DAY + HOUR),
            publication=PublicationView(revision=1, published_at=at + 4 * DAY),
            action_items=(an_item(id=derived_id("item", id), created_at=at, due=at + 5 * DAY),),
        )
    return views


async def test_every_figure_has_a_heading_a_drawing_with_words_and_a_table() -> None:
    views = {**some_views(6), **some_views(6, NOW - 40 * DAY, severity=Severity.SEV1)}
    async with Browser(Door(views=views)) as browser:
        page = await browser.open("/insights")

        assert page.all("//section[@class='figure']/h2/@id") == DRAWN
        drawn = page.all("//section[@class='figure'][.//*[local-name()='svg'][@role='img']]/h2/@id")
        assert drawn == [name for name in DRAWN if name not in ("findings", "factors")]
        assert all(label for label in page.all("//*[local-name()='svg'][@role='img']/@aria-label"))
        assert len(page.all("//table[caption]")) >= len(drawn)
        assert "12" in page.text("//dl[@class='totals']")
        assert "Half of the meetings were over within 3 days" in page.text()


async def test_the_table_leads_to_each_postmortem_and_a_strange_title_stays_a_title() -> None:
    title = "<script>alert(1)</script>" + "x" * 270
    async with Browser(Door(views=some_views(1, title=title))) as browser:
        page = await browser.open("/insights")

        (id,) = some_views(1, title=title)
        assert f"/postmortems/{id}" in page.links()
        assert not page.all("//script[not(@src)] | //style | //@style | //@onclick")
        assert "<script>alert" not in page.answer.text


@pytest.mark.parametrize(
    ("query", "found"), [("severity=sev1", False), ("service=checkout&severity=sev2", True), ("service=search", False)]
)
async def test_severity_and_service_narrow_it_and_stay_in_the_form(query: str, found: bool) -> None:
    async with Browser(Door(views=some_views(3))) as browser:
        page = await browser.open(f"/insights?{query}")
        given = page.form("/insights")

        assert query in "&".join(f"{name}={given[name]}" for name in ("service", "severity") if given[name])
        assert bool(page.all("//section[@class='figure']")) is found


async def test_the_last_ninety_days_are_shown_both_ends_included() -> None:
    async with Browser(Door(views=some_views(1, NOW - 100 * DAY))) as browser:
        page = await browser.open("/insights")
        assert (page.form("/insights")["since"], page.form("/insights")["until"]) == ("2025-12-03", "2026-03-02")
        assert "No incident with a postmortem ended in this time" in page.text()

        day = f"{NOW - 100 * DAY:%Y-%m-%d}"
        one = await browser.open(f"/insights?since={day}&until={day}")
        assert one.form("/insights")["until"] == day
        assert len(one.all("//section[@class='figure']")) == len(DRAWN)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"),
        ("since=2026-03-02&until=2026-03-01", "since"),
        ("since=2020-01-01", "since"),
        ("until=9999-12-31", "until"),
        ("severity=worst", "severity"),
        ("service=" + "x" * 5000, "service"),
    ],
)
async def test_what_cannot_be_read_is_shown_again_with_what_is_wrong(query: str, field: str) -> None:
    async with Browser(Door(views=some_views(3))) as browser:
        page = await browser.open(f"/insights?{query}")

        assert page.status == 422
        assert page.all("//*[@role='alert']")
        assert page.all("//*[@aria-invalid]/@name") == [field]


async def test_a_restricted_postmortem_is_drawn_for_whom_it_names_alone() -> None:
    views = some_views(4, restricted=True, readers=("reviewer@example.com",))
    for role, count in (("engineer", 0), ("reviewer", 4)):
        async with Browser(Door(views=views), role) as browser:
            page = await browser.open("/insights")
            assert sum(link.startswith("/postmortems/") for link in page.links()) == count


async def test_nobody_is_named() -> None:
    async with Browser(Door(views={**some_views(6), **checked_views(5)})) as browser:
        text = (await browser.open("/insights")).text("//main")
        assert not any(word in text for word in ("@", "Olga", "Rita", "Ada", "reviewer@"))


async def test_a_tool_sees_no_insights_and_a_stranger_signs_in_first() -> None:
    async with Browser(Door(), None) as browser:
        assert (await browser.open("/insights")).status == 303


def test_few_are_said_to_be_few_and_not_drawn() -> None:
    passages = [a_passage(draft=NOW + HOUR)]
    told = {each.name: each for each in figures(insights(passages, NOW - DAY, NOW + DAY, NOW + DAY), passages)}

    assert told["each"].drawing
    assert told["steps"].drawing is None
    assert "fewer than 3" in told["steps"].lacks
    assert told["steps"].table.rows[0] == ("Draft", "1", "1 h", "1 h")
    assert [told[name].drawing for name in ("months", "turnaround", "findings", "items", "factors")] == [None] * 5


def test_factors_lead_into_the_library() -> None:
    passages = [a_passage(factors=("a & b",)), a_passage(factors=("a & b",))]
    told = figures(insights(passages, NOW - DAY, NOW, NOW), passages)[-1]

    assert told.table.rows == ((("a & b", "/library?factor=a+%26+b"), "2"),)
    assert told.drawing


def test_times_are_told_in_the_unit_that_fits() -> None:
    assert [span(seconds) for seconds in (None, 0, 1500, 5400, 100_000, 300_000)] == [
        "-",
        "0 min",
        "25 min",
        "1.5 h",
        "27.8 h",
        "3.5 days",
    ]


async def test_the_page_is_small_with_a_hundred_postmortems() -> None:
    async with Browser(Door(views=some_views(200, NOW - 60 * DAY))) as browser:
        page = await browser.open("/insights")
        assert len(compress(page.answer.content)) < 20_000


async def test_postmortems_without_what_was_added_later_are_still_told() -> None:
    old = a_passage(draft=NOW + HOUR)
    assert (old.id, old.title) == ("", "")
    row = figures(insights([old], NOW - DAY, NOW, NOW), [old])[0].table.rows[0]
    assert row[0] == "03-02 sev2 search"
    assert View(id=PM).draft is None
