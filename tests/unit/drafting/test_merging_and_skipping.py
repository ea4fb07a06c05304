"""What is merged is nobody's work until it is apart; what the policy has passed over is merged like any other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.drafting import domain
from services.drafting.domain import Postmortem, State
from services.drafting.domain.reminders import next_look, remind
from shared.contracts.base import Severity
from shared.contracts.commands import Actor, Role
from shared.contracts.decision import Decision
from shared.contracts.events import AccessChanged, DraftRevised
from shared.contracts.merging import DeclineIncident, GiveIncidentBack, PostmortemMerged, TakeIncident
from shared.contracts.notices import OwnerAssigned
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped, RequirePostmortem, SkipPostmortem
from tests.helpers.builders import NOW, an_actor, an_item
from tests.unit.drafting.test_domain import GUIDANCE, SETTLE
from tests.unit.drafting.test_merged_incidents import (
    ONE,
    THREE,
    TWO,
    a_story,
    an_event,
    drafted,
    handed,
    merging,
    together,
    unmerging,
)

LATER = NOW + timedelta(days=20)
SEV5 = Severity.SEV5
BOSS = Actor(name="Boss", email="boss@example.com", role=Role.ADMIN)


def attended(before: Postmortem, decision: Decision[Any], by: str = "chen@example.com") -> Decision[Postmortem | None]:
    """Return a decision with what follows from it, as the repository adds it."""
    return domain.attend(before, decision, by, GUIDANCE, LATER)


def skipped(postmortem: Postmortem) -> Decision[Postmortem | None]:
    """Let an admin skip it."""
    return domain.skip(postmortem, SkipPostmortem(postmortem_id=TWO, actor=BOSS, reason="A drill"), NOW)


def required(postmortem: Postmortem) -> Decision[Postmortem | None]:
    """Let somebody ask for it."""
    return domain.require(postmortem, RequirePostmortem(postmortem_id=TWO, actor=an_actor(), reason="x"), GUIDANCE, NOW)


def rule(decision: Decision[Any]) -> str | None:
    """Return the rule that a refusal names."""
    return decision.reply.refusal.rule if decision.reply and decision.reply.refusal else None


def small() -> Postmortem:
    """Return what the policy has passed over."""
    state = None
    for n, event in enumerate(a_story("two", 10)):
        state = domain.follow_incident(state, event.model_copy(update={"severity": SEV5}), str(n), GUIDANCE, NOW).state
    assert state
    passed = domain.open_draft(state, GUIDANCE, NOW + SETTLE).state
    assert (passed.state, passed.is_unopened, passed.revision) == (State.SKIPPED, True, 1)
    return passed


def small_merged() -> Postmortem:
    """Return what the policy has passed over, now part of another postmortem."""
    merged = domain.merge(small(), merging(TWO, ONE), NOW).state
    assert merged
    return merged


def test_of_what_is_merged_nobody_is_reminded_and_nobody_is_told_that_it_is_theirs() -> None:
    draft = drafted("two").changed(action_items=(an_item(created_at=NOW),))
    assert remind(draft, GUIDANCE, LATER).events
    decision = attended(draft, domain.merge(draft, merging(TWO, ONE), NOW))
    assert decision.state
    assert decision.due is None
    assert next_look(decision.state, GUIDANCE, NOW) is None
    assert domain.ring(decision.state, GUIDANCE, LATER) == Decision(state=decision.state)
    assert not any(isinstance(event, OwnerAssigned) for event in decision.events)


def test_its_owner_is_told_when_it_is_apart_and_has_as_long_as_anybody_who_is_asked_then() -> None:
    _, merged = together()
    decision = attended(merged, domain.unmerge(merged, unmerging(TWO, ONE), GUIDANCE, LATER))
    told = [event for event in decision.events if isinstance(event, OwnerAssigned)]
    assert [event.owner.email for event in told] == ["rita@example.com"]
    assert decision.state
    assert decision.state.deadline == GUIDANCE.deadline(merged.severity or GUIDANCE.default_severity, LATER)
    assert decision.due
    assert decision.due > LATER
    assert told[0].deadline == decision.state.deadline
    again = domain.follow_incident(decision.state, an_event("two", "note", 90), "n", GUIDANCE, LATER).state
    assert again.deadline == decision.state.deadline, "also when it is written anew"


def test_a_merge_that_is_declined_leaves_the_deadline_as_it_was() -> None:
    draft = drafted("two")
    merged = domain.merge(draft, merging(TWO, ONE), NOW).state
    decline = DeclineIncident(postmortem_id=TWO, number=1, reason="no")
    back = domain.hear_decline(merged, decline, GUIDANCE, NOW).state
    assert back
    assert back.deadline == draft.deadline


def test_what_is_merged_is_neither_skipped_nor_asked_for() -> None:
    _, merged = together()
    for postmortem in (merged, small_merged()):
        assert (rule(skipped(postmortem)), rule(required(postmortem))) == ("merged", "merged")


def test_what_people_have_skipped_is_asked_for_before_it_is_merged() -> None:
    by_people = skipped(drafted("two")).state
    assert by_people
    assert rule(domain.merge(by_people, merging(TWO, ONE), NOW)) == "postmortem-skipped"
    back = required(by_people).state
    assert rule(domain.merge(back, merging(TWO, ONE), NOW)) is None


def test_what_is_skipped_takes_no_incident() -> None:
    one = skipped(drafted("one")).state
    assert one
    (decline,) = domain.take(one, handed(domain.merge(drafted("two"), merging(TWO, ONE), NOW)), GUIDANCE, NOW).events
    assert isinstance(decline, DeclineIncident)


def test_a_small_incident_that_was_passed_over_joins_a_large_one() -> None:
    decision = domain.merge(small(), merging(TWO, ONE), NOW)
    handed_over, off = decision.events
    assert isinstance(handed_over, TakeIncident)
    assert isinstance(off, PostmortemMerged)
    both = domain.take(drafted("one"), handed_over, GUIDANCE, NOW).state
    assert ([part.external_id for part in both.incidents], both.severity) == (["one", "two"], "sev2")
    worse = an_event("two", "severity_changed", 60, severity="sev1")
    after = domain.follow_incident(small_merged(), worse, "w", GUIDANCE, NOW)
    assert [type(event) for event in after.events] == [TakeIncident]
    assert domain.ring(after.state, GUIDANCE, LATER).events == (), "it has no draft of its own meanwhile"


def test_taken_out_it_is_passed_over_as_it_was_with_a_revision_that_says_so() -> None:
    passed = small()
    decision = attended(small_merged(), domain.unmerge(small_merged(), unmerging(TWO, ONE), GUIDANCE, NOW))
    back, told = decision.events
    assert isinstance(back, GiveIncidentBack)
    assert isinstance(told, PostmortemSkipped)
    assert (told.revision, told.toggles, told.reason) == (2, 1, "Its severity needs none.")
    assert passed.standing
    assert (told.skipped_by, told.skipped_at) == ("afterword", passed.standing.at)
    assert decision.state
    assert (decision.state.state, decision.state.report, decision.state.owner) == (
        State.SKIPPED,
        passed.report,
        passed.owner,
    )
    assert required(decision.state).events


def test_taken_out_it_becomes_a_draft_if_what_was_told_meanwhile_makes_the_policy_want_one() -> None:
    worse = an_event("two", "severity_changed", 60, severity="sev1")
    merged = domain.follow_incident(small_merged(), worse, "w", GUIDANCE, NOW).state
    apart = attended(merged, domain.unmerge(merged, unmerging(TWO, ONE), GUIDANCE, LATER)).state
    assert apart
    assert apart.opens_at == LATER + SETTLE
    (event,) = domain.ring(apart, GUIDANCE, LATER + SETTLE).events
    assert isinstance(event, PostmortemRequired)
    assert (event.toggles, event.revision, event.severity) == (2, 3, "sev1")


def test_an_incident_without_a_draft_gets_none_while_it_is_merged_however_often_its_timer_rings() -> None:
    collecting = domain.follow_incident(None, an_event("two", "opened", 0), "0", GUIDANCE, NOW).state
    over = domain.follow_incident(collecting, an_event("two", "resolved", 9), "1", GUIDANCE, NOW).state
    merged = domain.merge(over, merging(TWO, ONE), NOW).state
    assert merged
    assert domain.ring(merged, GUIDANCE, LATER) == Decision(state=merged)
    apart = attended(merged, domain.unmerge(merged, unmerging(TWO, ONE), GUIDANCE, LATER))
    assert apart.due == LATER + SETTLE


@pytest.mark.parametrize("command", [merging(TWO, THREE), merging(TWO, ONE)])
def test_what_was_passed_over_and_is_merged_stays_where_it_is(command: Any) -> None:
    merged = small_merged()
    assert domain.merge(merged, command, NOW).state == merged


def test_who_may_see_what_was_passed_over_and_merged_is_told_at_once() -> None:
    private = an_event("two", "note", 50, private=True)
    closed, told = domain.follow_incident(small_merged(), private, "p", GUIDANCE, NOW).events
    assert isinstance(closed, AccessChanged)
    assert (closed.restricted, closed.skipped) == (True, True)
    assert isinstance(told, TakeIncident)


def test_the_false_alarm_of_a_merged_incident_says_nothing_of_the_one_that_took_it() -> None:
    story = domain.merge(drafted("two", false_alarm=True), merging(TWO, ONE), NOW)
    both = domain.take(drafted("one"), handed(story), GUIDANCE, NOW)
    assert both.state.false_alarm is None
    assert isinstance(both.events[0], DraftRevised)
