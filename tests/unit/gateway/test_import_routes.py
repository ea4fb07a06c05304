"""Importing over HTTP: an export goes back in, what it says becomes an edit of the revision that was exported."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain import etags
from services.gateway.domain.history import revision_of
from services.gateway.domain.view import View, project
from shared.contracts.base import Severity
from shared.contracts.commands import RevisePostmortem
from shared.contracts.events import DraftCreated, DraftRevised
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem

BASE = f"/v1/postmortems/{PM}"
TEXT, DIFF = f"{BASE}/text", f"{BASE}/text/diff"
FIRST = a_draft(DraftCreated, report={"overview": "Slow.\n", "impact": "None.\n"})
SECOND = a_draft(
    DraftRevised,
    revision=2,
    report={"overview": "Very slow.\n", "impact": "None.\n"},
    status="draft",
    revised_at=NOW,
    revised_by="ada@example.com",
)
OLD, NEW = etags.etag(FIRST, b""), etags.etag(SECOND, b"")
MARKDOWN = {"Content-Type": "text/markdown; charset=utf-8"}


@pytest.fixture
async def door() -> Door:
    """A gateway that knows two revisions of one postmortem."""
    view = project(project(View(id=PM), FIRST, (NOW, "e-1")), SECOND, (NOW + timedelta(minutes=1), "e-2"))
    door = Door(views={PM: view})
    for fact, number in ((FIRST, 1), (SECOND, 2)):
        await door.history.keep(revision_of(fact, (NOW, f"e-{number}")))
    return door


async def put(door: Door, content: str | bytes, tag: str = NEW, path: str = TEXT, **headers: str) -> Any:
    return await door.send("PUT", path, content=content, headers={**MARKDOWN, "If-Match": tag, **headers})


def said(door: Door) -> RevisePostmortem:
    ((_, command),) = door.messages.said
    assert isinstance(command, RevisePostmortem)
    return command


async def test_an_export_that_nobody_edited_changes_nothing(door: Door) -> None:
    export = (await door.send("GET", f"{BASE}/export?format=md")).content
    assert (await put(door, export)).status_code == 200
    command = said(door)
    assert (command.base_revision, command.sections, command.title, command.severity) == (2, None, None, None)


async def test_what_was_edited_is_an_edit_of_the_revision_that_was_exported(door: Door) -> None:
    export = (await door.send("GET", f"{BASE}/export?format=md&revision=1")).text
    edited = export.replace("None.", "413 orders.").replace("SEV2", "SEV1")
    answer = await put(door, edited, OLD, f"{TEXT}?note=counted")

    assert answer.status_code == 200
    command = said(door)
    assert (command.base_revision, command.base_hash) == (1, FIRST.content_hash[:16])
    assert (command.sections, command.severity, command.note) == (
        {"impact": "413 orders.\n"},  # what others made of the overview since then is none of its business
        Severity.SEV1,
        "counted",
    )


async def test_with_a_star_all_that_it_says_is_written(door: Door) -> None:
    await put(door, "## Overview\n\nVery slow.\n", "*")
    assert said(door).sections == {"overview": "Very slow.\n"}


async def test_an_export_as_json_goes_back_in_too(door: Door) -> None:
    export = (await door.send("GET", f"{BASE}/export?format=json")).json()
    export["sections"]["impact"] = "413 orders."
    headers = {"Content-Type": "application/json"}
    assert (await put(door, json.dumps(export), **headers)).status_code == 200
    assert said(door).sections == {"impact": "413 orders."}


async def test_what_an_import_would_change_is_shown_and_nothing_is_said(door: Door) -> None:
    content = "# Search\n\n## Impact\n\n413 orders.\n"
    answer = await door.send("POST", DIFF, content=content, headers=MARKDOWN)

    found = answer.json()
    assert (found["from_revision"], found["to_revision"], found["unchanged"]) == (2, 3, ["overview"])
    assert found["fields"] == [{"name": "title", "before": "Checkout answers slowly", "after": "Search"}]
    assert [section["name"] for section in found["sections"]] == ["impact"]
    assert door.messages.said == []


async def test_an_older_export_is_compared_by_what_was_edited_in_it(door: Door) -> None:
    export = (await door.send("GET", f"{BASE}/export?format=md&revision=1")).text
    answer = await door.send("POST", f"{DIFF}?base=1", content=export, headers=MARKDOWN)
    assert answer.json()["sections"] == []
    answer = await door.send("POST", DIFF, content=export, headers=MARKDOWN)
    assert [section["name"] for section in answer.json()["sections"]] == ["overview"]
    answer = await door.send("POST", f"{DIFF}?base=9", content=export, headers=MARKDOWN)
    assert is_problem(answer, 404, "unknown-revision", "revision")


@pytest.mark.parametrize(
    ("content", "rule", "field"),
    [
        (b"## Impakt\n\nx\n", "unreadable-text", "body"),
        (b"## Impact\n\ncaf\xe9\n", "unreadable-text", "body"),
        (b"", "unreadable-text", "body"),
    ],
)
async def test_what_is_not_read_is_refused_with_its_line(door: Door, content: bytes, rule: str, field: str) -> None:
    for answer in (await put(door, content), await door.send("POST", DIFF, content=content, headers=MARKDOWN)):
        assert is_problem(answer, 422, rule, field)
        assert answer.json()["line"] in (1, 3)
        assert f"Line {answer.json()['line']}: " in answer.json()["detail"]
    assert door.messages.said == []


@pytest.mark.parametrize(
    ("content", "rule", "field"),
    [
        ({"sections": {"impakt": "x"}}, "unknown-section", "sections.impakt"),
        ({"sections": {"impact": "a\nb\0"}}, "invalid-field", "sections.impact"),
        ({"severity": "high"}, "invalid-field", "severity"),
        ([], "invalid-field", "body"),
    ],
)
async def test_json_that_is_no_export_is_refused(door: Door, content: Any, rule: str, field: str) -> None:
    answer = await put(door, json.dumps(content), **{"Content-Type": "application/json"})
    assert is_problem(answer, 422, rule, field)


async def test_another_kind_of_file_or_too_much_of_it_is_refused(door: Door) -> None:
    answer = await put(door, "x", **{"Content-Type": "text/html"})
    assert is_problem(answer, 415, "unsupported-media-type", "body")
    assert "text/markdown" in answer.headers["Accept"]
    answer = await put(door, "## Impact\n" + "x" * 1024 * 1024)
    assert is_problem(answer, 413, "body-too-large", "body")
    patch = await door.send("PATCH", BASE, content="x", headers={**MARKDOWN, "If-Match": NEW})
    assert is_problem(patch, 415, "unsupported-media-type", "body")


@pytest.mark.parametrize("tag", ['"1-0000000000000000"', '"x"', '"2-0000000000000000"'])
async def test_a_text_of_which_nobody_knows_is_not_what_was_exported(door: Door, tag: str) -> None:
    assert is_problem(await put(door, "## Impact\n", tag), 412, "stale-revision", "If-Match")


async def test_who_may_not_edit_may_not_import(door: Door) -> None:
    answer = await door.send("PUT", TEXT, role="tool", content="## Impact\n", headers={**MARKDOWN, "If-Match": "*"})
    assert is_problem(answer, 403, "role-needed")
    assert is_problem(await put(Door(), "## Impact\n"), 404, "unknown-postmortem")


@pytest.mark.parametrize("body", [{"sections": {"impact": "x\r\n\x1by"}}, {"title": "a\x7f"}])
async def test_control_characters_are_refused_and_named(door: Door, body: dict[str, Any]) -> None:
    answer = await door.send("PATCH", BASE, json=body, headers={"If-Match": NEW})
    (field,) = [f"sections.{name}" for name in body.get("sections", ())] or ["title"]
    assert is_problem(answer, 422, "invalid-field", field)
    assert "take it out" in answer.json()["detail"]
    assert door.messages.said == []


async def test_tabs_and_every_way_to_end_a_line_are_text_like_any_other(door: Door) -> None:
    text = "a\tb\r\nc\rd\n| broken | table\n|--|\n"
    await door.send("PATCH", BASE, json={"sections": {"impact": text}}, headers={"If-Match": NEW})
    assert said(door).sections == {"impact": text}
