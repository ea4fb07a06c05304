"""Postmortems that there are not to be: by policy or by a person, always with the reason, and never for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.drafting import domain
from services.drafting.domain import Postmortem, State
from shared.contracts.base import Severity
from shared.contracts.commands import Role, SubmitForReview
from shared.contracts.decision import Decision, Kind
from shared.contracts.events import AccessChanged, DraftCreated, Published, TimelineExtended
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped, RequirePostmortem
from tests.helpers.builders import NOW, PM, an_actor, an_incident_event
from tests.unit.drafting.test_domain import GUIDANCE, STORY, a_revision, a_skip, drafted, told

SMALL = (an_incident_event("opened", severity="sev4", occurred_at=NOW), STORY[1], STORY[-1])
LATER = NOW + timedelta(days=9)


def passed_over(story: Any = SMALL) -> Decision[Postmortem]:
    return domain.open_draft(told(story).state, GUIDANCE, NOW)


def skipped(postmortem: Postmortem | None = None, **who: Any) -> Postmortem:
    after = domain.skip(postmortem or drafted(), a_skip(**who), NOW).state
    assert after
    return after


def required(postmortem: Postmortem, by: str = "author@example.com") -> Decision[Postmortem | None]:
    command = RequirePostmortem(postmortem_id=PM, actor=an_actor(by), reason="Customers noticed")
    return domain.require(postmortem, command, GUIDANCE, LATER)


def rule(decision: Decision[Postmortem | None]) -> tuple[Kind, str] | None:
    refusal = decision.reply.refusal if decision.reply else None
    return (refusal.kind, refusal.rule) if refusal else None


def test_what_the_policy_passes_over_is_written_and_told_with_the_reason_and_is_nobody_s_work() -> None:
    decision = passed_over()
    (event,) = decision.events
    assert isinstance(event, PostmortemSkipped)
    assert (event.skipped, event.reason, event.skipped_by) == (True, "Its severity needs none.", "afterword")
    assert (event.revision, event.owner.email) == (1, "rita@example.com")
    assert (decision.state.state, decision.state.is_unopened) == (State.SKIPPED, True)


def test_when_the_incident_tells_more_of_what_was_passed_over_it_is_told_again_after_a_while() -> None:
    more = an_incident_event("note", occurred_at=NOW + timedelta(minutes=3), entry={"text": "more"})
    heard = domain.follow_incident(passed_over().state, more, "more", GUIDANCE, NOW)
    assert (heard.events, heard.due) == ((), NOW + GUIDANCE.settle)
    (event,) = domain.open_draft(heard.state, GUIDANCE, LATER).events
    assert isinstance(event, PostmortemSkipped)
    assert (event.revision, event.toggles, event.skipped_at) == (2, 1, NOW)
    assert "more" in event.report["timeline"]


def test_what_was_passed_over_is_wanted_once_its_severity_rises_with_the_deadline_that_it_always_had() -> None:
    worse = an_incident_event("severity_changed", severity="sev2", occurred_at=NOW + timedelta(minutes=5))
    heard = domain.follow_incident(passed_over().state, worse, "worse", GUIDANCE, NOW).state
    decision = domain.open_draft(heard, GUIDANCE, LATER)
    (event,) = decision.events
    assert isinstance(event, PostmortemRequired)
    assert (event.required_by, event.toggles, event.severity) == ("afterword", 2, Severity.SEV2)
    at_once = domain.open_draft(told((*SMALL, worse)).state, GUIDANCE, NOW).state
    for name in ("state", "deadline", "owner", "report", "people", "title"):
        assert getattr(decision.state, name) == getattr(at_once, name), name


def test_who_may_see_what_was_passed_over_is_told_at_once() -> None:
    private = an_incident_event("note", private=True, occurred_at=NOW)
    (event,) = domain.follow_incident(passed_over().state, private, "private", GUIDANCE, NOW).events
    assert isinstance(event, AccessChanged)
    assert (event.restricted, event.skipped) == (True, True)


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED, State.APPROVED])
def test_a_skip_keeps_the_reason_and_who_said_it_when(state: State) -> None:
    decision = domain.skip(drafted().changed(state=state), a_skip("It was a drill"), NOW)
    (event,) = decision.events
    assert isinstance(event, PostmortemSkipped)
    assert (event.reason, event.skipped_by, event.skipped_at) == ("It was a drill", "ian@example.com", NOW)
    assert decision.state
    assert (decision.state.state, decision.state.revision, decision.state.toggles) == (State.SKIPPED, 1, 1)


@pytest.mark.parametrize(
    ("by", "role", "may"),
    [
        ("ian@example.com", Role.ENGINEER, True),
        ("rita@example.com", Role.ENGINEER, False),
        ("boss@example.com", Role.ADMIN, True),
        ("boss@example.com", Role.REVIEWER, False),
    ],
)
def test_its_owner_the_commander_and_admins_skip_it(by: str, role: Role, may: bool) -> None:
    command = a_skip().model_copy(update={"actor": an_actor(by, role)})
    handed_over = domain.revise(
        drafted(), a_revision(owner={"name": "Olga", "email": "olga@example.com"}), GUIDANCE, NOW
    ).state
    for postmortem in (drafted(), handed_over):
        assert rule(domain.skip(postmortem, command, NOW)) == (
            None if may else (Kind.FORBIDDEN, "owner-or-admin-skips")
        )


def test_what_is_published_or_skipped_or_unknown_is_not_skipped() -> None:
    published = drafted().changed(state=State.PUBLISHED, published=1)
    assert rule(domain.skip(published, a_skip(), NOW)) == (Kind.CONFLICT, "already-published")
    correcting = published.changed(state=State.DRAFT)
    assert rule(domain.skip(correcting, a_skip(), NOW)) == (Kind.CONFLICT, "already-published")
    assert rule(domain.skip(skipped(), a_skip(), NOW)) == (Kind.CONFLICT, "already-skipped")
    assert rule(domain.skip(None, a_skip(), NOW)) == (Kind.NOT_FOUND, "unknown-postmortem")
    assert rule(domain.skip(told().state, a_skip(), NOW)) == (Kind.NOT_FOUND, "unknown-postmortem")
    closed = drafted().changed(restricted=True)
    assert rule(domain.skip(closed, a_skip(by="other@example.com"), NOW)) == (Kind.NOT_FOUND, "unknown-postmortem")
    assert rule(required(closed, "other@example.com")) == (Kind.NOT_FOUND, "unknown-postmortem")


def test_the_text_of_what_is_skipped_is_left_alone_but_not_who_may_see_it() -> None:
    assert rule(domain.revise(skipped(), a_revision(title="x"), GUIDANCE, NOW)) == (Kind.CONFLICT, "postmortem-skipped")
    submit = SubmitForReview(postmortem_id=PM, actor=an_actor())
    assert rule(domain.submit(skipped(), submit, GUIDANCE, NOW)) == (Kind.CONFLICT, "postmortem-skipped")
    owner = an_actor("ian@example.com")
    decision = domain.revise(skipped(), a_revision(restricted=True, actor=owner), GUIDANCE, NOW)
    assert [type(event) for event in decision.events] == [AccessChanged]


def test_what_a_person_skipped_is_not_brought_back_by_a_tool_which_is_still_heard() -> None:
    late = an_incident_event("severity_changed", severity="sev1", occurred_at=NOW + timedelta(minutes=70))
    decision = domain.follow_incident(skipped(), late, "late", GUIDANCE, NOW)
    assert [type(event) for event in decision.events] == [TimelineExtended]
    assert decision.state.state is State.SKIPPED


@pytest.mark.parametrize("before", [skipped(), passed_over().state], ids=["by a person", "by the policy"])
def test_what_is_asked_for_is_a_draft_again_with_a_new_revision_and_time_to_write_it(before: Postmortem) -> None:
    decision = required(before)
    (event,) = decision.events
    assert isinstance(event, PostmortemRequired)
    assert (event.reason, event.required_by, event.toggles) == ("Customers noticed", "author@example.com", 2)
    assert event.skipped is False
    assert decision.state
    assert (decision.state.state, event.revision, event.report) == (State.DRAFT, 2, before.report)
    assert event.deadline > LATER
    assert rule(required(decision.state)) == (Kind.CONFLICT, "not-skipped")


def test_asked_for_it_goes_on_where_the_incident_tells_more_without_losing_the_time_to_write_it() -> None:
    back = required(skipped()).state
    assert back
    late = an_incident_event("note", occurred_at=NOW + timedelta(minutes=20), entry={"text": "late"})
    (event,) = domain.follow_incident(back, late, "late", GUIDANCE, LATER).events
    assert event.name == "DraftRevised.v1"
    assert event.deadline == back.deadline  # type: ignore[attr-defined]


def test_a_publication_that_was_under_way_counts_more_than_a_skip() -> None:
    event = Published(
        postmortem_id=PM,
        revision=1,
        content_hash="x",
        published_at=NOW,
        title="t",
        severity=Severity.SEV2,
        report={},
        lists=(),
        recipients=0,
    )
    after = domain.hear_published(skipped(), event).state
    assert after
    assert (after.state, after.say(DraftCreated).skipped) == (State.PUBLISHED, False)
