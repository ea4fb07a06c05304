"""Postmortems from before: kept as a file tells them, and worked on by nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.drafting import domain
from services.drafting.domain import Postmortem, State
from services.drafting.domain.attending import attend
from shared.contracts.base import Severity, derived_id
from shared.contracts.commands import AddActionItem, CorrectPostmortem, Role, SubmitForReview
from shared.contracts.decision import Decision
from shared.contracts.findings import Justification
from shared.contracts.importing import ImportPostmortem, PostmortemImported, imported_id
from shared.contracts.merging import MergeIncident, TakeIncident, ToldEvent
from shared.contracts.sections import Section
from tests.helpers.builders import NOW, PM, an_actor, an_incident_event, an_item
from tests.unit.drafting.test_domain import GUIDANCE, a_revision, a_skip

SOURCE = "2021/checkout.md"
ID = imported_id(SOURCE)
THEN = datetime(2021, 3, 4, 9, 14, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
REPORT = {"impact": "413 orders timed out.\n", "root_cause": "Connections ran out.\n"}
ADMIN = an_actor("admin@example.com", Role.ADMIN)
TOKEN = "glpat-" + "aB3dE5fG7hJ9kL1mN3pQ"


def a_file(**fields: Any) -> ImportPostmortem:
    given = {
        "postmortem_id": ID,
        "actor": ADMIN,
        "source": SOURCE,
        "started_at": THEN,
        "title": "Checkout answered slowly",
        "services": ("checkout",),
        "tags": ("database",),
        "report": REPORT,
        "sections": (Section(name="root_cause", title="Root cause", required=False),),
        "timeline": ({"at": THEN, "text": "The first alert"},),
    }
    return ImportPostmortem.model_validate(given | fields)


def imported(postmortem: Postmortem | None = None, now: datetime = NOW, **fields: Any) -> Decision[Postmortem | None]:
    return domain.bring_in(postmortem, a_file(**fields), GUIDANCE, now)


def kept(**fields: Any) -> Postmortem:
    state = imported(**fields).state
    assert state
    return state


def rule(decision: Decision[Any]) -> str | None:
    return decision.reply.refusal.rule if decision.reply and decision.reply.refusal else None


def test_what_is_imported_is_published_as_it_is_and_said_in_one_event_that_holds_all_of_it() -> None:
    decision = imported(severity="sev1", published_at=THEN + timedelta(days=5), url="https://wiki.example.com/1")
    (event,) = decision.events
    assert isinstance(event, PostmortemImported)
    assert decision.state
    assert (decision.state.state, decision.state.published, decision.state.missing) == (State.PUBLISHED, 1, ())
    assert (event.revision, event.title, event.severity) == (1, "Checkout answered slowly", Severity.SEV1)
    assert (event.report, event.tags, event.services) == (REPORT, ("database",), ("checkout",))
    assert (event.incident.started_at, event.incident.source) == (THEN, "import")
    assert [(entry.at, entry.text) for entry in event.timeline] == [(THEN, "The first alert")]
    assert event.imported.dated_at == event.deadline == THEN + timedelta(days=5)
    assert (event.imported.at, event.imported.by, event.imported.source) == (NOW, "admin@example.com", SOURCE)
    assert decision.reply
    assert (decision.reply.data["outcome"], decision.reply.data["revision"]) == ("created", 1)


def test_nobody_is_told_reminded_or_asked_for_anything() -> None:
    attended = attend(None, imported(), "admin@example.com", GUIDANCE, NOW)
    assert [event.name for event in attended.events] == ["PostmortemImported.v1"]
    assert attended.due is None
    assert domain.ring(kept(), GUIDANCE, LATER).events == ()


def test_the_owner_is_the_file_s_owner_else_its_author_else_whoever_imports_it() -> None:
    author, owner = {"name": "Rita Responder", "role": "author"}, {"name": "Ian Commander", "role": "owner"}
    nobody = {"name": "Somebody Gone", "role": "owner"}
    owners = [kept(people=people) for people in ([author, owner], [nobody, author], [nobody], [])]
    assert [each.owner and each.owner.email for each in owners] == [
        "ian@example.com",
        "rita@example.com",
        "admin@example.com",
        "admin@example.com",
    ]
    assert [each.imported and each.imported.owner_known for each in owners] == [True, True, False, False]


def test_without_a_date_it_stands_where_it_was_imported_first() -> None:
    undated = kept(started_at=None)
    again = imported(undated, LATER, started_at=None, title="Another title").state
    assert again
    assert again.imported
    assert (again.imported.dated_at, again.imported.at) == (NOW, LATER)


def test_the_same_again_changes_nothing_whoever_imports_it() -> None:
    before = kept()
    again = imported(before, LATER, actor=an_actor("other@example.com", Role.ADMIN))
    assert (again.state, again.events) == (before, ())
    assert again.reply
    assert (again.reply.data["outcome"], again.reply.data["revision"]) == ("unchanged", 1)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another title"},
        {"report": {"impact": "412 orders.\n"}},
        {"severity": "sev1"},
        {"services": ()},
        {"tags": ("dns",)},
        {"timeline": ()},
        {"started_at": None},
        {"published_at": NOW},
        {"people": ({"name": "Ian Commander", "role": "owner"},)},
    ],
)
def test_whatever_is_different_is_the_next_revision(change: dict[str, Any]) -> None:
    again = imported(kept(), LATER, **change)
    (event,) = again.events
    assert isinstance(event, PostmortemImported)
    assert (event.revision, event.imported.at) == (2, LATER)
    assert again.reply
    assert again.reply.data["outcome"] == "changed"
    assert imported(again.state, LATER, **change).events == ()


def test_tags_that_people_added_stay_and_those_of_the_file_follow_it() -> None:
    tagged = domain.revise(kept(), a_revision(1, tags=("database", "autumn"), actor=ADMIN), GUIDANCE, NOW).state
    again = imported(tagged, LATER, tags=("dns",)).state
    assert again
    assert again.tags == ("dns", "autumn")


def test_a_dry_run_answers_what_would_come_of_it_and_keeps_nothing() -> None:
    first = imported(dry_run=True)
    assert (first.state, first.events) == (None, ())
    before = kept()
    second = imported(before, title="Another title", dry_run=True)
    assert (second.state, second.events) == (before, ())
    assert [each.reply and each.reply.data["outcome"] for each in (first, second)] == ["created", "changed"]


def test_a_secret_keeps_it_out_until_it_is_justified_and_stays_justified() -> None:
    text = {"impact": f"The token {TOKEN} was in the log.\n"}
    refused = imported(report=text)
    assert rule(refused) == "secret-or-personal-data"
    assert refused.reply
    assert refused.reply.refusal
    (found,) = refused.reply.refusal.data["findings"]
    assert TOKEN not in str(refused.reply)
    reason = Justification(finding=found["id"], reason="Revoked in 2021")
    allowed = imported(report=text, justifications=(reason,)).state
    assert allowed
    assert allowed.findings[0].justified
    assert imported(allowed, LATER, report=text, title="Another title").events


def test_a_justification_of_what_is_not_there_is_refused() -> None:
    assert rule(imported(justifications=(Justification(finding="0" * 16, reason="x"),))) == "unknown-finding"


def test_everything_that_works_on_a_text_is_refused() -> None:
    before, actor = kept(), ADMIN
    correction = CorrectPostmortem(postmortem_id=ID, actor=actor, base_revision=1, note="x", title="y")
    item = AddActionItem(postmortem_id=ID, actor=actor, text="Set the size", owner=an_item().owner)
    decisions = (
        domain.revise(before, a_revision(1, title="y", actor=actor), GUIDANCE, NOW),
        domain.submit(before, SubmitForReview(postmortem_id=ID, actor=actor), GUIDANCE, NOW),
        domain.correct(before, correction, GUIDANCE, NOW),
        domain.skip(before, a_skip(by=actor.email), NOW),
        domain.add_item(before, item, derived_id("item"), GUIDANCE, NOW),
    )
    assert [rule(each) for each in decisions] == ["imported"] * len(decisions)
    assert all(each.state == before and not each.events for each in decisions)


def test_no_incident_goes_into_it_and_it_goes_into_no_other() -> None:
    before, told = kept(), ToldEvent(id="e-1", event=an_incident_event())
    taken = domain.take(before, TakeIncident(postmortem_id=ID, merged_id=PM, number=1, events=(told,)), GUIDANCE, NOW)
    assert [event.name for event in taken.events] == ["DeclineIncident.v1"]
    merge = MergeIncident(postmortem_id=ID, actor=ADMIN, into=PM)
    assert rule(domain.merge(before, merge, NOW)) == "approved-or-published"


def test_who_may_see_it_is_decided_here_and_an_import_leaves_it_so() -> None:
    closed = domain.revise(kept(), a_revision(1, restricted=True, actor=ADMIN), GUIDANCE, NOW)
    (event,) = closed.events
    assert isinstance(event, PostmortemImported)
    assert (event.restricted, event.revision, event.access) == (True, 1, 2)
    again = imported(closed.state, LATER, title="Another title").state
    assert again
    assert again.restricted
    stranger = an_actor("other@example.com", Role.ADMIN)
    assert rule(imported(closed.state, LATER, title="A third", actor=stranger)) == "unknown-postmortem"
