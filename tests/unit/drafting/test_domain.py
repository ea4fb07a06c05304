"""From incident events to a text that people work on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from services.drafting import domain
from services.drafting.adapters import Checker, Company, TemplateBook, free_days, rules_of, wording
from services.drafting.domain import MOVES, Act, Guidance, Known, Postmortem, State, missing
from services.drafting.domain.policy import Allowance
from shared.contracts.base import Owner, Person, Severity
from shared.contracts.commands import CorrectPostmortem, RevisePostmortem, SubmitForReview
from shared.contracts.decision import Decision, Kind
from shared.contracts.events import (
    ChangesRequested,
    DraftCreated,
    DraftRevised,
    IncidentReported,
    Published,
    ReviewApproved,
    ReviewRequested,
    TimelineExtended,
)
from shared.contracts.skipping import PostmortemSkipped, RequirePostmortem, SkipPostmortem
from shared.contracts.values import Reviewer
from tests.helpers.builders import NOW, PM, a_snapshot, an_actor, an_incident_event

SETTLE = timedelta(seconds=5)
SECRET_KEY = "a secret key for tests, long enough"
GUIDANCE = Guidance(
    zone=ZoneInfo("Europe/Berlin"),
    default_owner=Owner(name="Dora Default", email="default@example.com"),
    directory=(Known("Rita Responder", "rita@example.com", ("rita.r",)), Known("Ian Commander", "ian@example.com")),
    postmortem_for=frozenset({Severity.SEV1, Severity.SEV2}),
    default_severity=Severity.SEV3,
    settle=SETTLE,
    deadlines={Severity.SEV1: Allowance(calendar_days=3), Severity.SEV2: Allowance(business_days=5)},
    action_items={Severity.SEV1: Allowance(calendar_days=15), Severity.SEV2: Allowance(calendar_days=30)},
    is_free=free_days(("DE-BE",)),
    write=TemplateBook().write,
    missing=missing,
    advise=partial(domain.advise, wording=wording()),
    check=Checker.of(SECRET_KEY, rules_of(Company(frozenset({"example.com"})))).check,
)

STORY = (
    an_incident_event("opened", severity="sev2", services=["checkout"], occurred_at=NOW),
    an_incident_event("acknowledged", occurred_at=NOW + timedelta(minutes=2), people=[{"name": "rita.r"}]),
    an_incident_event(
        "role_assigned",
        occurred_at=NOW + timedelta(minutes=4),
        people=[{"name": "Ian Commander", "role": "incident_commander"}],
    ),
    an_incident_event("note", occurred_at=NOW + timedelta(minutes=9), entry={"text": "Pool | exhausted"}),
    an_incident_event("resolved", occurred_at=NOW + timedelta(minutes=50)),
)


def told(story: tuple[IncidentReported, ...] = STORY) -> Decision[Postmortem]:
    decision = None
    for event in story:
        decision = domain.follow_incident(
            decision.state if decision else None, event, event.model_dump_json()[:60] + event.kind, GUIDANCE, NOW
        )
    assert decision
    return decision


def drafted() -> Postmortem:
    return domain.open_draft(told().state, GUIDANCE, NOW + SETTLE).state


def a_revision(base: int = 1, **fields: object) -> RevisePostmortem:
    return RevisePostmortem.model_validate(
        {"postmortem_id": PM, "actor": an_actor("author@example.com"), "base_revision": base, **fields}
    )


def a_correction(base: int = 1, **fields: object) -> CorrectPostmortem:
    given = {"postmortem_id": PM, "actor": an_actor("reader@example.com"), "base_revision": base, "note": "513 of them"}
    return CorrectPostmortem.model_validate(given | fields)


def a_skip(reason: str = "Nobody noticed", by: str = "ian@example.com") -> SkipPostmortem:
    return SkipPostmortem(postmortem_id=PM, actor=an_actor(by), reason=reason)


def test_a_draft_is_wanted_a_while_after_the_incident_is_resolved_and_not_before() -> None:
    assert told(STORY[:-1]).due is None
    assert told().due == NOW + SETTLE


@pytest.mark.parametrize("order", list(permutations(range(5)))[::7])
def test_in_whatever_order_the_events_come_the_draft_is_the_same(order: tuple[int, ...]) -> None:
    mixed = domain.open_draft(told(tuple(STORY[n] for n in order)).state, GUIDANCE, NOW + SETTLE)
    (event,) = mixed.events
    assert isinstance(event, DraftCreated)
    assert event.report == drafted().report
    assert [e.at for e in event.timeline] == sorted(e.at for e in event.timeline)
    assert (event.owner.email, event.incident.started_at) == ("ian@example.com", NOW)


def test_the_draft_has_owner_deadline_timeline_and_says_what_is_missing() -> None:
    (event,) = domain.open_draft(told().state, GUIDANCE, NOW + SETTLE).events
    assert isinstance(event, DraftCreated)
    assert {(p.email, p.role) for p in event.people} == {
        ("rita@example.com", "responder"),
        ("ian@example.com", "incident_commander"),
    }
    assert event.deadline == datetime(2026, 3, 9, 12, 50, tzinfo=UTC)  # Monday + 5 business days; 8 March is no matter
    assert "Pool \\| exhausted" in event.report["timeline"]
    assert "50 min" in event.report["impact"]
    assert "what_happened" in event.missing
    assert "timeline" not in event.missing


def test_who_has_a_role_of_their_own_is_not_listed_as_a_responder_as_well() -> None:
    note = an_incident_event("note", people=[{"name": "Ian Commander"}], occurred_at=NOW)
    people = told((note, *STORY)).state.people
    assert [p.role for p in people if p.email == "ian@example.com"] == ["incident_commander"]


def test_an_incident_that_needs_no_postmortem_gets_none() -> None:
    story = (an_incident_event("opened", severity="sev5"), an_incident_event("resolved", occurred_at=NOW))
    (event,) = domain.open_draft(told(story).state, GUIDANCE, NOW + SETTLE).events
    assert isinstance(event, PostmortemSkipped)
    assert (event.skipped, event.skipped_by, event.reason) == (True, "afterword", "Its severity needs none.")


def test_reopened_means_that_the_draft_waits() -> None:
    again = an_incident_event("reopened", occurred_at=NOW + timedelta(hours=1))
    decision = told((*STORY, again))
    assert decision.due is None
    assert domain.open_draft(decision.state, GUIDANCE, NOW).events == ()


def test_without_commander_the_first_responder_owns_it_and_without_anybody_the_policy_s_default() -> None:
    assert GUIDANCE.owner((Person(name="R", email="r@example.com", role="responder"),)).email == "r@example.com"
    assert GUIDANCE.owner((Person(name="only a name"),)).email == "default@example.com"


def test_a_late_event_renews_an_untouched_draft_and_leaves_an_edited_one_alone() -> None:
    late = an_incident_event("note", occurred_at=NOW + timedelta(minutes=20), entry={"text": "late"})
    (renewed,) = domain.follow_incident(drafted(), late, "late", GUIDANCE, NOW).events
    assert isinstance(renewed, DraftRevised)
    assert "late" in renewed.report["timeline"]
    edited = domain.revise(drafted(), a_revision(sections={"impact": "412 customers"}), GUIDANCE, NOW).state
    assert edited
    decision = domain.follow_incident(edited, late, "late", GUIDANCE, NOW)
    assert [type(event) for event in decision.events] == [TimelineExtended]
    assert decision.state.report == edited.report


def test_a_draft_that_was_opened_before_most_was_told_is_in_the_end_the_same() -> None:
    opened = domain.open_draft(
        told(STORY[-1:]).state, dataclasses.replace(GUIDANCE, default_severity=Severity.SEV1), NOW
    )
    state: Postmortem = opened.state
    for event in STORY[:-1]:
        state = domain.follow_incident(state, event, event.kind, GUIDANCE, NOW).state
    in_time = drafted()
    for name in ("title", "severity", "services", "owner", "deadline", "people", "report", "missing"):
        assert getattr(state, name) == getattr(in_time, name), name


def test_a_draft_says_again_what_changed_beside_its_text() -> None:
    later = an_incident_event("resolved", occurred_at=NOW + timedelta(minutes=50, seconds=20))
    decision = domain.follow_incident(drafted(), later, "later", GUIDANCE, NOW)
    (event,) = decision.events
    assert isinstance(event, DraftRevised)
    assert event.incident.resolved_at == later.occurred_at
    assert event.deadline - timedelta(seconds=20) == drafted().deadline


def test_an_untouched_draft_keeps_its_deadline_while_the_incident_is_open_again() -> None:
    again = an_incident_event("reopened", occurred_at=NOW + timedelta(hours=1))
    reopened = domain.follow_incident(drafted(), again, "again", GUIDANCE, NOW).state
    assert (reopened.incident.resolved_at, reopened.deadline) == (None, drafted().deadline)


@pytest.mark.parametrize(
    "named",
    [
        {"name": "rita.r"},
        {"name": "rita responder"},
        {"name": "rita@example.com"},
        {"name": "rr", "email": "rita@example.com"},
    ],
)
def test_a_person_has_one_name_however_a_tool_names_them(named: dict[str, str]) -> None:
    assert GUIDANCE.identify(Person(**named)) == Person(name="Rita Responder", email="rita@example.com")
    event = an_incident_event("acknowledged", people=[named], occurred_at=NOW)
    assert [entry.who for entry in told((event,)).state.timeline] == ["Rita Responder"]


def test_somebody_with_another_address_is_somebody_else() -> None:
    namesake = Person(name="Rita Responder", email="another.rita@example.com")
    assert GUIDANCE.identify(namesake) == namesake


def test_a_revision_keeps_author_time_and_hash_and_a_change_of_nothing_is_none() -> None:
    before = drafted()
    decision = domain.revise(before, a_revision(sections={"impact": "412 customers"}, note="numbers"), GUIDANCE, NOW)
    assert decision.state
    assert decision.state.revision == 2
    assert decision.state.revisions[-1].by == "author@example.com"
    assert decision.state.content_hash() != before.content_hash()
    assert "impact" not in decision.state.missing
    same = domain.revise(before, a_revision(title=before.title), GUIDANCE, NOW)
    assert (same.state, same.events) == (before, ())


def test_a_stale_revision_is_refused_with_the_current_one() -> None:
    decision = domain.revise(drafted(), a_revision(base=7, title="x"), GUIDANCE, NOW)
    assert decision.reply
    assert decision.reply.refusal
    assert (decision.reply.refusal.kind, decision.reply.refusal.data["revision"]) == (Kind.STALE, 1)


def test_an_unknown_section_is_named() -> None:
    decision = domain.revise(drafted(), a_revision(sections={"blame": "x"}), GUIDANCE, NOW)
    assert decision.reply
    assert decision.reply.refusal
    assert decision.reply.refusal.field == "sections.blame"


def at(state: State) -> Postmortem:
    return (told().state if state is State.COLLECTING else drafted()).changed(state=state)


def act(postmortem: Postmortem, what: Act) -> Postmortem | None:
    reviewer = Reviewer(name="R", email="r@example.com")
    snapshot = a_snapshot(revision=postmortem.revision or 1)
    acts: dict[Act, Callable[[], Postmortem | None]] = {
        Act.OPEN: lambda: domain.open_draft(postmortem, GUIDANCE, NOW).state,
        Act.REVISE: lambda: domain.revise(postmortem, a_revision(title="other"), GUIDANCE, NOW).state,
        Act.SUBMIT: lambda: (
            domain.submit(postmortem, SubmitForReview(postmortem_id=PM, actor=an_actor()), GUIDANCE, NOW).state
        ),
        Act.REQUEST_CHANGES: lambda: (
            domain.hear_changes_requested(
                postmortem, ChangesRequested(postmortem_id=PM, revision=1, reviewer=reviewer, at=NOW)
            ).state
        ),
        Act.CORRECT: lambda: domain.correct(postmortem, a_correction(postmortem.revision or 1), GUIDANCE, NOW).state,
        Act.PASS_OVER: lambda: domain.open_draft(postmortem.changed(severity=Severity.SEV5), GUIDANCE, NOW).state,
        Act.SKIP: lambda: domain.skip(postmortem, a_skip(), NOW).state,
        Act.REQUIRE: lambda: (
            domain.require(
                postmortem, RequirePostmortem(postmortem_id=PM, actor=an_actor(), reason="x"), GUIDANCE, NOW
            ).state
        ),
        Act.APPROVE: lambda: domain.hear_approval(postmortem, ReviewApproved(**snapshot, approvals=())).state,
        Act.PUBLISH: lambda: (
            domain.hear_published(
                postmortem,
                Published(
                    postmortem_id=PM,
                    revision=1,
                    content_hash="x",
                    published_at=NOW,
                    title="t",
                    severity=Severity.SEV2,
                    report={},
                    lists=(),
                    recipients=0,
                ),
            ).state
        ),
    }
    return acts[what]()


@pytest.mark.parametrize("what", [each for each in Act if each not in (Act.WITHDRAW, Act.UNAPPROVE)])
@pytest.mark.parametrize("state", State)
def test_every_pair_of_state_and_act_moves_as_the_table_says_or_not_at_all(state: State, what: Act) -> None:
    after = act(at(state), what)
    assert after
    assert after.state is MOVES.get((state, what), state)


def test_an_approval_of_an_older_revision_is_no_approval() -> None:
    edited = domain.revise(at(State.IN_REVIEW), a_revision(title="other"), GUIDANCE, NOW).state
    assert edited
    approval = ReviewApproved(**a_snapshot(revision=1), approvals=())
    assert domain.hear_approval(edited, approval).state == edited


def test_submitting_carries_the_whole_revision() -> None:
    (event,) = domain.submit(drafted(), SubmitForReview(postmortem_id=PM, actor=an_actor()), GUIDANCE, NOW).events
    assert isinstance(event, ReviewRequested)
    assert event.content_hash == drafted().content_hash()
    assert event.report == drafted().report
