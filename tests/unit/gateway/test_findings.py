"""What was found in a text: people read it with the review, and say why it may stay when they submit."""

from __future__ import annotations

from typing import Any

import pytest

from services.gateway.domain.view import View, project
from shared.contracts.commands import SubmitForReview
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.events import DraftRevised
from shared.contracts.findings import Finding, FindingKind, Justification, Justified
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, FakeMessages, is_problem

ONE = f"/v1/postmortems/{PM}"
ID = "4f9c2d17aa03be58"
FINDING = Finding(
    id=ID,
    rule="github-token",
    kind=FindingKind.SECRET,
    section="impact",
    line=3,
    column=14,
    end_line=3,
    end_column=54,
    what="GitHub Token",
    excerpt="… 40 characters",
    hint="Take it out.",
)
WHY = Justified(finding=ID, reason="Revoked.", by="ann@example.com", at=NOW)


def a_door(*findings: Finding, reply: Reply | None = None) -> Door:
    event = a_draft(DraftRevised, findings=findings, status="draft", revised_at=NOW, revised_by="ann@example.com")
    return Door(FakeMessages(reply=reply or Reply(data={"revision": 1})), {PM: project(View(id=PM), event, (NOW, "e"))})


async def test_the_review_shows_what_is_found_and_who_has_justified_it() -> None:
    justified = FINDING.model_copy(update={"id": "0" * 16, "justified": WHY})
    shown = (await a_door(FINDING, justified).send("GET", ONE)).json()["review"]["findings"]
    assert [finding["id"] for finding in shown] == [ID, "0" * 16]
    assert (shown[0]["section"], shown[0]["line"], shown[0]["justified"]) == ("impact", 3, None)
    assert shown[1]["justified"]["reason"] == "Revoked."


async def test_reasons_go_to_drafting_with_the_submission() -> None:
    door = a_door(FINDING)
    body = {"justifications": [{"finding": ID, "reason": "  Revoked. "}]}
    assert (await door.send("POST", f"{ONE}/submit", json=body)).status_code == 200
    ((_, command),) = door.messages.said
    assert isinstance(command, SubmitForReview)
    assert command.justifications == (Justification(finding=ID, reason="Revoked."),)


@pytest.mark.parametrize("body", [None, {}, {"justifications": []}])
async def test_a_submission_needs_no_body(body: Any) -> None:
    door = a_door()
    assert (await door.send("POST", f"{ONE}/submit", **({} if body is None else {"json": body}))).status_code == 200
    ((_, command),) = door.messages.said
    assert isinstance(command, SubmitForReview)
    assert command.justifications == ()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"justifications": [{"finding": ID}]}, "justifications.0.reason"),
        ({"justifications": [{"finding": ID, "reason": " "}]}, "justifications.0.reason"),
        ({"justifications": [{"finding": ID, "reason": "x" * 501}]}, "justifications.0.reason"),
        ({"justifications": [{"finding": "the first", "reason": "x"}]}, "justifications.0.finding"),
        ({"justifications": [{"finding": ID, "reason": "x"}] * 201}, "justifications"),
        ({"justification": []}, "justification"),
        ([], "body"),
    ],
)
async def test_a_submission_that_cannot_be_meant_is_told_by_its_field(body: Any, field: str) -> None:
    assert is_problem(await a_door(FINDING).send("POST", f"{ONE}/submit", json=body), 422, "invalid-field", field)


async def test_a_refusal_names_section_and_line_of_each() -> None:
    refusal = Refusal(
        kind=Kind.INVALID,
        rule="secret-or-personal-data",
        field="sections.impact",
        detail="impact, line 3, column 14: this looks like GitHub Token.",
        data={
            "errors": [{"field": "sections.impact", "detail": "impact, line 3"}],
            "findings": [FINDING.model_dump(mode="json", exclude={"justified"})],
            "found": 1,
        },
    )
    answer = await a_door(FINDING, reply=Reply(refusal=refusal)).send("POST", f"{ONE}/submit")
    assert is_problem(answer, 422, "secret-or-personal-data", "sections.impact")
    told = answer.json()
    assert told["errors"] == [{"field": "sections.impact", "detail": "impact, line 3"}]
    assert (told["findings"][0]["section"], told["findings"][0]["line"], told["found"]) == ("impact", 3, 1)
