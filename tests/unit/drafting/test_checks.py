"""A text with secrets or personal data goes to no reviewer before they are removed or justified."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from services.drafting import domain
from services.drafting.domain import Postmortem, State
from shared.contracts.commands import SubmitForReview
from shared.contracts.decision import Decision, Kind, Refusal
from shared.contracts.events import DraftCreated, DraftRevised, ReviewRequested
from shared.contracts.findings import Finding, Justified
from tests.helpers.builders import NOW, PM, an_actor, an_incident_event
from tests.helpers.lookalikes import A_PHONE, AN_EMAIL, a_token
from tests.unit.drafting.test_domain import GUIDANCE, SETTLE, STORY, a_correction, a_revision, drafted, told

TOKEN, OTHER = a_token(1), a_token(2)
LATER = NOW + timedelta(hours=1)


def revised(postmortem: Postmortem, **sections: str) -> Decision[Postmortem | None]:
    return domain.revise(postmortem, a_revision(postmortem.revision, sections=sections), GUIDANCE, NOW)


def written(postmortem: Postmortem, **sections: str) -> Postmortem:
    after = revised(postmortem, **sections).state
    assert after
    return after


def submitted(postmortem: Postmortem, *justified: str, why: str = "Revoked.", by: str = "ann@example.com") -> Any:
    given = [{"finding": finding, "reason": why} for finding in justified]
    command = SubmitForReview.model_validate({"postmortem_id": PM, "actor": an_actor(by), "justifications": given})
    return domain.submit(postmortem, command, GUIDANCE, LATER)


def refused(decision: Decision[Any]) -> Refusal:
    assert decision.reply
    assert decision.reply.refusal
    assert not decision.events
    return decision.reply.refusal


def ids(postmortem: Postmortem) -> list[str]:
    return [finding.id for finding in postmortem.findings]


def test_a_text_with_a_secret_is_not_submitted_and_the_refusal_says_where_and_not_what() -> None:
    before = written(drafted(), impact=f"None.\r\nBut see {TOKEN}.\n", resolution=f"We called {A_PHONE}.\n")
    refusal = refused(submitted(before))
    assert (refusal.kind, refusal.rule) == (Kind.INVALID, "secret-or-personal-data")
    assert refusal.field == "sections.resolution"
    assert [error["field"] for error in refusal.data["errors"]] == ["sections.resolution", "sections.impact"]
    assert refusal.data["errors"][1]["detail"].startswith(
        "impact, line 2, column 9: this looks like GitHub Token (ghp_"
    )
    assert "justifications" in refusal.detail
    assert refusal.data["found"] == 2
    said = refusal.model_dump_json()
    assert TOKEN[4:] not in said
    assert A_PHONE[3:] not in said


def test_people_see_what_is_found_as_soon_as_they_write_it_and_may_go_on_writing() -> None:
    decision = revised(drafted(), impact=f"See {TOKEN}.\n")
    (event,) = decision.events
    assert isinstance(event, DraftRevised)
    (finding,) = event.findings
    assert (finding.section, finding.line, finding.column, finding.justified) == ("impact", 1, 5, None)
    assert TOKEN[4:] not in finding.model_dump_json()
    after = revised(decision.state, impact="Nothing.\n").state if decision.state else None
    assert after
    assert after.findings == ()


def test_a_first_draft_is_looked_through_as_well() -> None:
    leak = an_incident_event("note", occurred_at=NOW + timedelta(minutes=9), entry={"text": f"used {TOKEN}"})
    (event,) = domain.open_draft(told((*STORY, leak)).state, GUIDANCE, NOW + SETTLE).events
    assert isinstance(event, DraftCreated)
    assert [finding.section for finding in event.findings] == ["timeline"]


def test_the_title_is_looked_through_and_named_as_such() -> None:
    named = domain.revise(drafted(), a_revision(1, title=f"{AN_EMAIL} cannot pay"), GUIDANCE, NOW).state
    assert named
    assert refused(submitted(named)).field == "title"


def test_what_is_justified_is_kept_with_who_when_and_why_and_shown() -> None:
    before = written(drafted(), impact=f"See {TOKEN}.\n")
    decision = submitted(before, *ids(before))
    (event,) = decision.events
    assert isinstance(event, ReviewRequested)
    why = Justified(finding=ids(before)[0], reason="Revoked.", by="ann@example.com", at=LATER)
    assert decision.state.justifications == (why,)
    assert [finding.justified for finding in event.findings] == [why]
    assert decision.state.state is State.IN_REVIEW


def test_a_justification_covers_the_same_finding_in_later_revisions_and_no_other() -> None:
    before = written(drafted(), impact=f"See {TOKEN}.\n")
    back = submitted(before, *ids(before)).state.changed(state=State.CHANGES_REQUESTED)
    moved = written(back, impact=f"Much was wrong.\n\nSee {TOKEN}.\n")
    assert submitted(moved).state.state is State.IN_REVIEW
    for sections in ({"impact": f"See {TOKEN} and {OTHER}.\n"}, {"resolution": f"See {TOKEN}.\n"}):
        refusal = refused(submitted(written(back, **sections)))
        assert refusal.data["found"] == 1


def test_what_is_left_to_do_comes_first() -> None:
    before = written(drafted(), impact=f"See {TOKEN}.\n")
    back = submitted(before, *ids(before)).state.changed(state=State.CHANGES_REQUESTED)
    shown = written(back, resolution=f"See {OTHER}.\n").findings
    assert [(finding.section, finding.justified is None) for finding in shown] == [
        ("resolution", True),
        ("impact", False),
    ]


def test_half_justified_is_not_justified_and_nothing_of_it_is_kept() -> None:
    before = written(drafted(), impact=f"See {TOKEN} and {OTHER}.\n")
    decision = submitted(before, ids(before)[0])
    assert refused(decision).data["findings"][0]["id"] == ids(before)[1]
    assert decision.state == before


def test_what_is_not_found_cannot_be_justified() -> None:
    refusal = refused(submitted(written(drafted(), impact=f"See {TOKEN}.\n"), "0" * 16))
    assert (refusal.rule, refusal.field) == ("unknown-finding", "justifications.0.finding")


def test_a_new_reason_takes_the_place_of_the_old_one() -> None:
    before = written(drafted(), impact=f"See {TOKEN}.\n")
    back = submitted(before, *ids(before)).state.changed(state=State.CHANGES_REQUESTED)
    again = submitted(back, *ids(before), why="Never opened anything.", by="bo@example.com").state
    assert [(each.by, each.reason) for each in again.justifications] == [("bo@example.com", "Never opened anything.")]


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.APPROVED])
def test_what_reviewers_have_before_them_takes_in_nothing_that_would_have_held_it_back(state: State) -> None:
    before = written(drafted(), impact=f"See {TOKEN}.\n")
    reviewed = submitted(before, *ids(before)).state.changed(state=state)
    refusal = refused(revised(reviewed, resolution=f"See {OTHER}.\n"))
    assert (refusal.rule, refusal.field) == ("secret-or-personal-data", "sections.resolution")
    assert written(reviewed, resolution="It stopped.\n").revision == reviewed.revision + 1
    assert written(reviewed, impact=f"Longer.\n\nSee {TOKEN}.\n").findings[0].justified


def test_what_was_there_before_there_was_a_check_does_not_stop_other_changes_in_review() -> None:
    old = drafted().changed(state=State.IN_REVIEW, report={**drafted().report, "impact": f"See {TOKEN}.\n"})
    assert old.findings == ()
    assert [finding.section for finding in written(old, resolution="It stopped.\n").findings] == ["impact"]


def test_a_correction_is_held_back_like_a_first_draft() -> None:
    published = drafted().changed(state=State.PUBLISHED, published=1)
    correction = domain.correct(published, a_correction(1, sections={"impact": f"See {TOKEN}.\n"}), GUIDANCE, NOW).state
    assert correction
    refusal = refused(submitted(correction))
    assert refusal.field == "sections.impact"
    assert submitted(correction, *ids(correction)).state.state is State.IN_REVIEW


def test_a_correction_that_changes_nothing_yet_shows_what_is_found_in_what_is_published() -> None:
    old = {**drafted().report, "impact": f"See {TOKEN}.\n"}
    published = drafted().changed(state=State.PUBLISHED, published=1, report=old)
    correction = domain.correct(published, a_correction(1), GUIDANCE, NOW).state
    assert correction
    assert len(correction.findings) == 1


def test_of_very_many_findings_the_first_are_told_and_all_are_counted() -> None:
    text = "".join(f"See jo{n}@somewhere-else.io\n" for n in range(90))
    before = written(drafted(), impact=text, resolution=text)
    refusal = refused(submitted(before))
    assert (refusal.data["found"], len(refusal.data["findings"]), len(before.findings)) == (180, 100, 100)


def test_a_change_of_nothing_is_no_revision_though_more_is_found_by_now() -> None:
    old = written(drafted(), impact=f"See {TOKEN}.\n").changed(findings=())
    decision = revised(old, impact=f"See {TOKEN}.\n")
    assert (decision.state, decision.events) == (old, ())


def test_a_postmortem_that_was_kept_before_there_was_a_check_still_loads() -> None:
    kept = json.loads(drafted().model_dump_json())
    for field in ("findings", "justifications"):
        del kept[field]
    assert Postmortem.model_validate(kept) == drafted()


def test_a_finding_has_nothing_in_it_but_where_it_is_and_what_it_looks_like() -> None:
    assert set(Finding.model_fields) == {
        *("id", "rule", "kind", "section", "line", "column", "end_line", "end_column"),
        *("what", "excerpt", "hint", "justified"),
    }
