"""Remarks over the API: listed, counted, dismissed, and shown among what the review found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.gateway.domain.view import View, project
from shared.contracts.base import derived_id
from shared.contracts.coaching import Dismissal, DismissRemark, Remark, RestoreRemark, RevisionChecked
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.events import DraftRevised
from shared.contracts.findings import Finding, FindingKind
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, FakeMessages, is_problem

ONE = f"/v1/postmortems/{PM}"
LIST = f"{ONE}/remarks"
ID = "a3be584f9c2d1707"
DISMISSED = Dismissal(by="ann@example.com", at=NOW, reason="A quotation.")


def a_remark(number: int = 0, severity: str = "error", section: str = "overview", **fields: Any) -> Remark:
    given: dict[str, Any] = {
        "id": f"{number:016x}",
        "section": section,
        "line": 3,
        "column": 1,
        "end_line": 3,
        "end_column": 9,
        "words": "words",
        "rule": "person-failed",
        "family": "blame",
        "severity": severity,
        "message": "A person is told to have failed.",
        "bias": "a bias",
        "why": "a reason",
        "rewrite": "Name the situation.",
    }
    return Remark.model_validate(given | fields)


def checked(*remarks: Remark, revision: int = 2, **fields: Any) -> RevisionChecked:
    given = {"postmortem_id": PM, "revision": revision, "content_hash": "x", "remarks": remarks, "at": NOW}
    return RevisionChecked(**{**given, **fields})


def a_door(*facts: Any, reply: Reply | None = None, **fields: Any) -> Door:
    draft = a_draft(DraftRevised, revision=2, status="draft", revised_at=NOW, revised_by="a@example.com", **fields)
    view: View | None = None
    for fact in (draft, *facts):
        view = project(view, fact, (NOW, derived_id(fact.model_dump_json())))
    assert view
    return Door(FakeMessages(reply=reply or Reply()), {PM: view})


MANY = (
    a_remark(1, "advice"),
    a_remark(2, "warning", "impact"),
    a_remark(3, "error", dismissed=DISMISSED),
    a_remark(4, "error"),
)


async def test_remarks_are_listed_with_all_that_an_author_needs() -> None:
    answer = await a_door(checked(a_remark(), more=3)).send("GET", LIST)
    body = answer.json()
    assert (body["revision"], body["current"], body["more"]) == (2, True, 3)
    assert body["counts"] == {"error": 1, "warning": 0, "advice": 0, "dismissed": 0}
    (item,) = body["items"]
    assert (item["section"], item["line"], item["words"], item["family"]) == ("overview", 3, "words", "blame")
    assert all((item["bias"], item["why"], item["rewrite"], item["message"]))
    assert item["dismissed"] is None


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [1, 2, 3, 4]),
        ("?severity=error", [3, 4]),
        ("?section=impact", [2]),
        ("?dismissed=true", [3]),
        ("?dismissed=false&severity=error", [4]),
    ],
)
async def test_they_are_narrowed_by_severity_section_and_dismissal(query: str, ids: list[int]) -> None:
    body = (await a_door(checked(*MANY)).send("GET", f"{LIST}{query}")).json()
    assert [int(item["id"], 16) for item in body["items"]] == ids
    assert body["counts"] == {"error": 1, "warning": 1, "advice": 1, "dismissed": 1}


async def test_a_wrong_severity_is_named() -> None:
    assert is_problem(await a_door().send("GET", f"{LIST}?severity=fatal"), 422, "invalid-field", "severity")


async def test_who_has_them_is_told_so_and_nothing_else() -> None:
    door = a_door(checked(a_remark()))
    tag = (await door.send("GET", LIST)).headers["ETag"]
    assert (await door.send("GET", LIST, headers={"If-None-Match": tag})).status_code == 304
    assert (await a_door(checked()).send("GET", LIST, headers={"If-None-Match": tag})).status_code == 200


async def test_what_was_not_checked_yet_has_no_remarks_and_says_so() -> None:
    door = a_door()
    body = (await door.send("GET", LIST)).json()
    assert (body["revision"], body["current"], body["items"]) == (None, False, [])
    assert (await door.send("GET", ONE)).json()["review"]["remarks"] is None


async def test_remarks_on_the_revision_before_are_shown_as_such_and_stand_not_among_the_findings() -> None:
    door = a_door(checked(a_remark(), revision=1))
    assert (await door.send("GET", LIST)).json()["current"] is False
    review = (await door.send("GET", ONE)).json()["review"]
    assert (review["remarks"]["revision"], review["findings"]) == (1, [])


async def test_the_postmortem_counts_them_and_has_errors_and_warnings_among_its_findings() -> None:
    secret = Finding(
        id=ID,
        rule="github-token",
        kind=FindingKind.SECRET,
        section="impact",
        line=1,
        column=1,
        end_line=1,
        end_column=9,
        what="GitHub Token",
        excerpt="…",
        hint="Take it out.",
    )
    review = (await a_door(checked(*MANY), findings=(secret,)).send("GET", ONE)).json()["review"]
    assert {name: review["remarks"][name] for name in ("error", "warning", "advice", "dismissed")} == {
        "error": 1,
        "warning": 1,
        "advice": 1,
        "dismissed": 1,
    }
    assert review["remarks"]["links"]["self"].endswith(LIST)
    kinds = [(finding["kind"], finding["severity"], finding["justified"] is None) for finding in review["findings"]]
    assert kinds == [
        ("secret", None, True),
        ("language", "error", True),
        ("language", "warning", True),
        ("language", "error", False),
    ]
    assert review["findings"][3]["justified"]["reason"] == "A quotation."
    assert (review["findings"][1]["excerpt"], review["findings"][1]["hint"]) == ("words", "Name the situation.")


async def test_a_hundred_findings_are_enough_beside_a_text() -> None:
    door = a_door(checked(*(a_remark(n) for n in range(300))))
    assert len((await door.send("GET", ONE)).json()["review"]["findings"]) == 100
    assert len((await door.send("GET", LIST)).json()["items"]) == 300


async def test_of_two_words_the_newer_revision_and_then_the_later_one_counts() -> None:
    old, new = checked(a_remark(1), revision=1, version=7), checked(a_remark(2), version=2)
    later = checked(a_remark(2, dismissed=DISMISSED), version=3, at=NOW + timedelta(minutes=1))
    for order in ((old, new, later), (later, new, old), (new, later, old)):
        (item,) = (await a_door(*order).send("GET", LIST)).json()["items"]
        assert item["dismissed"]["by"] == "ann@example.com"


async def test_a_dismissal_goes_to_review_with_its_reason_and_the_remarks_come_back() -> None:
    door = a_door(checked(a_remark()))
    answer = await door.send("PUT", f"{LIST}/{ID}/dismissal", json={"reason": " A quotation. "})
    assert (answer.status_code, answer.json()["revision"]) == (200, 2)
    assert answer.headers["ETag"]
    ((_, command),) = door.messages.said
    assert isinstance(command, DismissRemark)
    assert (command.remark, command.reason, command.actor.email) == (ID, "A quotation.", "engineer@example.com")


async def test_it_is_taken_back_in_the_same_way() -> None:
    door = a_door(checked(a_remark()))
    assert (await door.send("DELETE", f"{LIST}/{ID}/dismissal")).status_code == 200
    ((_, command),) = door.messages.said
    assert isinstance(command, RestoreRemark)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, None])
async def test_without_a_reason_nothing_is_dismissed(reason: str | None) -> None:
    door = a_door(checked(a_remark()))
    answer = await door.send("PUT", f"{LIST}/{ID}/dismissal", json={"reason": reason})
    assert is_problem(answer, 422, "invalid-field", "reason")
    assert door.messages.said == []


async def test_what_review_does_not_know_is_unknown_and_what_it_has_not_answered_comes_later() -> None:
    refusal = Refusal(kind=Kind.NOT_FOUND, rule="unknown-remark", detail="There is no such remark.")
    path = f"{LIST}/{ID}/dismissal"
    answer = await a_door(reply=Reply(refusal=refusal)).send("PUT", path, json={"reason": "x"})
    assert is_problem(answer, 404, "unknown-remark")
    door = a_door()
    door.messages.reply = None
    assert (await door.send("PUT", path, json={"reason": "x"})).status_code == 202
    wrong = await door.send("PUT", f"{LIST}/nothing/dismissal", json={"reason": "x"})
    assert is_problem(wrong, 422, "invalid-field", "remark")


async def test_a_tool_neither_reads_nor_dismisses_remarks() -> None:
    door = a_door(checked(a_remark()))
    assert (await door.send("GET", LIST, role="tool")).status_code == 403
    assert (await door.send("PUT", f"{LIST}/{ID}/dismissal", role="tool", json={"reason": "x"})).status_code == 403
