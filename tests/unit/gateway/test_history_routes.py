"""The routes of a postmortem's history, over fakes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.gateway.domain.history import revision_of
from services.gateway.domain.view import View
from shared.contracts.events import DraftCreated, DraftRevised, Snapshot
from shared.contracts.values import IncidentKind, TimelineEntry
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem

BASE = f"/v1/postmortems/{PM}"
NASTY = """<script>alert(1)</script> [x](javascript:alert(1)) ![i](https://spy.example.com/i.png)

| a | b |
|---|---|
| 1 | 2 |
"""
ENTRY = TimelineEntry(
    id="t-1",
    at=NOW,
    text="5xx | up",
    kind=IncidentKind.NOTE,
    who="Rita",
    source="pagerduty",
    evidence_url="https://g.example.com/1",
)


@pytest.fixture
async def door() -> Door:
    """A gateway that knows three revisions of one postmortem."""
    door = Door()
    first = a_draft(DraftCreated, report={"overview": "Slow.\n", "impact": "None.\n"})
    await door.history.keep(revision_of(first, (NOW, "e-1")))
    for number in (2, 3):
        at = NOW + timedelta(hours=number)
        fact = a_draft(
            DraftRevised,
            revision=number,
            report={"overview": f"Slow {number}.\n", "impact": NASTY},
            status="draft",
            revised_at=at,
            revised_by="a@example.com",
            note=f"change {number}",
        )
        await door.history.keep(revision_of(fact, (at, f"e-{number}")))
        draft = Snapshot(**{name: getattr(fact, name) for name in Snapshot.model_fields})
    door.views[PM] = View(id=PM, draft=draft, created_at=NOW, timeline=(ENTRY,))
    return door


async def test_revisions_are_listed_newest_first_page_by_page(door: Door) -> None:
    first = (await door.send("GET", f"{BASE}/revisions?limit=2")).json()
    second = (await door.send("GET", f"{BASE}/revisions?limit=2&cursor={first['next_cursor']}")).json()

    assert [item["revision"] for item in first["items"] + second["items"]] == [3, 2, 1]
    assert first["items"][0]["by"] == "a@example.com"
    assert first["items"][0]["note"] == "change 3"
    assert second["next_cursor"] is None


async def test_a_cursor_of_another_list_is_refused(door: Door) -> None:
    cursor = door.cursors.seal((NOW, PM), {})

    assert is_problem(await door.send("GET", f"{BASE}/revisions?cursor={cursor}"), 422, "invalid-field", "cursor")


async def test_an_old_revision_is_read_as_it_was(door: Door) -> None:
    old = (await door.send("GET", f"{BASE}/revisions/1")).json()

    assert (old["revision"], old["sections"]) == (1, {"overview": "Slow.\n", "impact": "None.\n"})


@pytest.mark.parametrize("path", ["revisions/9", "diff?from=1&to=9", "export?revision=9"])
async def test_a_revision_that_is_not_there_is_named(door: Door, path: str) -> None:
    assert is_problem(await door.send("GET", f"{BASE}/{path}"), 404, "unknown-revision", "revision")


@pytest.mark.parametrize("path", ["revisions", "revisions/1", "diff", "export"])
async def test_an_unknown_postmortem_has_no_history(path: str) -> None:
    assert is_problem(await Door().send("GET", f"{BASE}/{path}"), 404, "unknown-postmortem")


async def test_without_revisions_the_last_change_is_compared(door: Door) -> None:
    found = (await door.send("GET", f"{BASE}/diff")).json()

    assert (found["from_revision"], found["to_revision"], found["unchanged"]) == (2, 3, ["impact"])
    assert found["sections"][0]["segments"][1:3] == [{"op": "delete", "text": "2"}, {"op": "insert", "text": "3"}]


async def test_revisions_the_wrong_way_round_are_refused(door: Door) -> None:
    assert is_problem(await door.send("GET", f"{BASE}/diff?from=3&to=1"), 422, "invalid-field", "from")


async def test_markdown_has_the_facts_the_sections_and_the_timeline(door: Door) -> None:
    answer = await door.send("GET", f"{BASE}/export")

    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="checkout-answers-slowly-r3.md"'
    assert answer.text.startswith("# Checkout answers slowly\n\n- Severity: SEV2\n")
    assert "## Overview\n\nSlow 3.\n" in answer.text
    assert "| 2026-03-02 12:00 UTC | Rita: 5xx \\| up (https://g.example.com/1) |" in answer.text


async def test_html_stands_alone_and_does_nothing(door: Door) -> None:
    answer = await door.send("GET", f"{BASE}/export?format=html")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<td>1</td>" in answer.text
    assert not [word for word in ("<script", 'href="javascript', "<img", "src=", "url(") if word in answer.text]


async def test_pdf_is_printed(door: Door) -> None:
    answer = await door.send("GET", f"{BASE}/export?format=pdf")

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


async def test_json_is_the_postmortem_with_the_revision_s_text(door: Door) -> None:
    answer = (await door.send("GET", f"{BASE}/export?format=json&revision=1")).json()

    assert (answer["revision"], answer["sections"]["impact"]) == (1, "None.\n")


async def test_an_unknown_format_names_those_there_are(door: Door) -> None:
    assert is_problem(await door.send("GET", f"{BASE}/export?format=docx"), 422, "invalid-field", "format")


async def test_many_exports_at_once_do_not_mix(door: Door) -> None:
    formats = ("html", "md") * 4
    answers = await asyncio.gather(*(door.send("GET", f"{BASE}/export?format={each}") for each in formats))

    assert len({answer.text for answer in answers}) == 2
