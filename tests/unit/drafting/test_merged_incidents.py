"""Several incidents in one postmortem: in every order of messages, told once or often, the same comes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.drafting import domain
from services.drafting.domain import Postmortem, State
from services.drafting.domain.merged_incidents import MOST_TAKEN
from services.drafting.domain.records import Taken
from shared.contracts.base import derived_id, postmortem_id
from shared.contracts.commands import SubmitForReview
from shared.contracts.decision import Decision
from shared.contracts.events import (
    AccessChanged,
    DraftCreated,
    DraftRevised,
    IncidentReported,
    Published,
    TimelineExtended,
)
from shared.contracts.merging import (
    DeclineIncident,
    GiveIncidentBack,
    MergeIncident,
    PostmortemMerged,
    TakeIncident,
    ToldEvent,
    UnmergeIncident,
)
from tests.helpers.builders import NOW, an_actor, an_incident_event
from tests.unit.drafting.test_domain import GUIDANCE, SETTLE, a_revision

NAMES = ("one", "two", "three")
IDS = {name: postmortem_id("tool", name) for name in NAMES}
ONE, TWO, THREE = IDS.values()


def an_event(name: str, kind: str, minutes: int, **more: Any) -> IncidentReported:
    """Build an event of one of the incidents."""
    given = {
        "source": "tool",
        "external_id": name,
        "occurred_at": NOW - timedelta(days=1) + timedelta(minutes=minutes),
        "severity": "sev2",
        **({"title": f"Incident {name}"} if kind == "opened" else {}),
    }
    return an_incident_event(kind, **given | more)


def a_story(name: str, begin: int, **more: Any) -> tuple[IncidentReported, ...]:
    """Build all that is told of one of the incidents."""
    return (
        an_event(name, "opened", begin, **more),
        an_event(name, "acknowledged", begin + 2, people=[{"name": "rita.r"}]),
        an_event(name, "note", begin + 5, entry={"text": f"A note on {name}"}),
        an_event(name, "resolved", begin + 30, impact_started_at=NOW - timedelta(days=1, minutes=9 - begin)),
    )


STORIES = {name: a_story(name, 10 * n) for n, name in enumerate(NAMES)}


def drafted(name: str, **more: Any) -> Postmortem:
    """Return the first draft of one of the incidents."""
    state = None
    for number, event in enumerate(a_story(name, 10 * NAMES.index(name), **more)):
        state = domain.follow_incident(state, event, f"{name} {number}", GUIDANCE, NOW).state
    assert state
    return domain.open_draft(state, GUIDANCE, NOW + SETTLE).state


def merging(of: str, into: str) -> MergeIncident:
    """Return the command to put one into the other."""
    return MergeIncident(postmortem_id=of, actor=an_actor("chen@example.com"), into=into)


def unmerging(of: str, out_of: str) -> UnmergeIncident:
    """Return the command to take one out of the other."""
    return UnmergeIncident(postmortem_id=of, actor=an_actor("chen@example.com"), out_of=out_of)


def handed(decision: Decision[Any]) -> TakeIncident:
    """Return what is handed over by a merge."""
    return next(event for event in decision.events if isinstance(event, TakeIncident))


def together() -> tuple[Postmortem, Postmortem]:
    """Return the postmortem that took another one's incident, and that one."""
    merged = domain.merge(drafted("two"), merging(TWO, ONE), NOW)
    assert merged.state
    return domain.take(drafted("one"), handed(merged), GUIDANCE, NOW).state, merged.state


def known(postmortem: Postmortem) -> tuple[object, ...]:
    """Return what a reader sees of what happened, and of who took part."""
    lines = [(e.at, e.kind, e.text, e.who, e.role, e.source, e.external_id) for e in postmortem.timeline]
    return (lines, postmortem.incidents, postmortem.durations, postmortem.people, postmortem.incident)


def test_a_postmortem_that_took_another_s_incident_is_about_both() -> None:
    both, merged = together()
    assert [part.external_id for part in both.incidents] == ["one", "two"]
    assert [part.postmortem_id for part in both.incidents] == [ONE, TWO]
    assert {entry.external_id for entry in both.timeline} == {"one", "two"}
    assert list(both.timeline) == sorted(both.timeline, key=lambda entry: entry.at)
    assert "A note on two" in both.report["timeline"]
    assert (both.revision, both.title, both.incident.external_id) == (2, "Incident one", "one")
    assert both.durations
    assert both.durations.resolved_at == merged.incident.resolved_at
    assert (merged.merged_into, merged.state, merged.revision) == (ONE, State.DRAFT, 1)


def test_a_draft_that_people_have_edited_keeps_its_text_and_the_data_beside_it_grows() -> None:
    edited = domain.revise(drafted("one"), a_revision(sections={"impact": "412 customers"}), GUIDANCE, NOW).state
    assert edited
    decision = domain.take(edited, handed(domain.merge(drafted("two"), merging(TWO, ONE), NOW)), GUIDANCE, NOW)
    (event,) = decision.events
    assert isinstance(event, TimelineExtended)
    assert len(event.incidents) == 2
    assert decision.state.report == edited.report
    assert decision.state.content_hash() == edited.content_hash()
    (shrunk,) = domain.give_back(
        decision.state, GiveIncidentBack(postmortem_id=ONE, merged_id=TWO, number=2), GUIDANCE, NOW
    ).events
    assert isinstance(shrunk, TimelineExtended)
    assert shrunk.gathered > event.gathered
    assert {entry.external_id for entry in shrunk.timeline} == {"one"}


def test_the_severity_of_both_is_the_worse_one_by_the_latest_word_on_each() -> None:
    was_worse = domain.merge(drafted("two", severity="sev1"), merging(TWO, ONE), NOW)
    assert domain.take(drafted("one"), handed(was_worse), GUIDANCE, NOW).state.severity == "sev2"
    worse = (*STORIES["two"], an_event("two", "severity_changed", 60, severity="sev1"))
    events = tuple(ToldEvent(id=str(n), event=event) for n, event in enumerate(worse))
    command = TakeIncident(postmortem_id=ONE, merged_id=TWO, number=1, events=events)
    assert domain.take(drafted("one"), command, GUIDANCE, NOW).state.severity == "sev1"


def test_later_events_of_a_merged_incident_reach_the_postmortem_that_took_it() -> None:
    both, merged = together()
    late = an_event("two", "note", 77, entry={"text": "late"})
    decision = domain.follow_incident(merged, late, "late", GUIDANCE, NOW)
    assert decision.state.revision == merged.revision, "its own text waits"
    (told,) = decision.events
    assert isinstance(told, TakeIncident)
    assert [each.event for each in told.events] == [late]
    after = domain.take(both, told, GUIDANCE, NOW).state
    assert after.timeline[-1].text == "late"
    assert domain.take(after, told, GUIDANCE, NOW) == Decision(state=after)


def test_what_comes_apart_again_has_its_own_draft_with_all_that_was_told_meanwhile() -> None:
    both, merged = together()
    merged = domain.follow_incident(merged, an_event("two", "note", 77), "late", GUIDANCE, NOW).state
    apart = domain.unmerge(merged, unmerging(TWO, ONE), GUIDANCE, NOW)
    back, revised = apart.events
    assert isinstance(back, GiveIncidentBack)
    assert isinstance(revised, DraftRevised)
    assert (revised.status, revised.revision, len(revised.timeline)) == ("draft", 2, 5)
    assert known(domain.give_back(both, back, GUIDANCE, NOW).state) == known(drafted("one"))
    again = domain.unmerge(apart.state, unmerging(TWO, ONE), GUIDANCE, NOW)
    assert again.reply
    assert again.reply.refusal
    assert again.reply.refusal.rule == "not-merged"


def test_an_incident_without_a_draft_is_merged_too_and_gets_one_when_it_is_apart() -> None:
    collecting = domain.follow_incident(None, STORIES["two"][0], "0", GUIDANCE, NOW).state
    decision = domain.merge(collecting, merging(TWO, ONE), NOW)
    assert [type(event) for event in decision.events] == [TakeIncident], "no other room has heard of it"
    merged = decision.state
    assert merged
    over = domain.follow_incident(merged, STORIES["two"][3], "3", GUIDANCE, NOW)
    assert over.due is None
    assert domain.open_draft(over.state, GUIDANCE, NOW).events == ()
    apart = domain.unmerge(over.state, unmerging(TWO, ONE), GUIDANCE, NOW)
    assert apart.state
    assert apart.state.opens_at == NOW + SETTLE
    (created,) = domain.open_draft(apart.state, GUIDANCE, NOW).events
    assert isinstance(created, DraftCreated)


def test_the_same_merge_again_is_no_change() -> None:
    _, merged = together()
    again = domain.merge(merged, merging(TWO, ONE), NOW)
    assert (again.state, again.events) == (merged, ())


def _refused(postmortem: Postmortem | None, command: MergeIncident) -> str | None:
    reply = domain.merge(postmortem, command, NOW).reply
    return reply.refusal.rule if reply and reply.refusal else None


def test_what_cannot_be_merged_is_refused_by_name() -> None:
    two = drafted("two")
    both, merged = together()
    assert _refused(None, merging(TWO, ONE)) == "unknown-postmortem"
    assert _refused(two, merging(TWO, TWO)) == "merged-into-itself"
    assert _refused(merged, merging(TWO, THREE)) == "already-merged"
    assert _refused(both, merging(ONE, THREE)) == "has-merged-incidents"
    assert _refused(two.changed(state=State.APPROVED), merging(TWO, ONE)) == "approved-or-published"
    assert _refused(two.changed(state=State.PUBLISHED), merging(TWO, ONE)) == "approved-or-published"
    assert _refused(two.changed(published=3), merging(TWO, ONE)) == "approved-or-published"
    closed = two.changed(restricted=True)
    assert _refused(closed, merging(TWO, ONE)) == "unknown-postmortem"
    assert _refused(closed.changed(readers=("chen@example.com",)), merging(TWO, ONE)) == "restricted-stays-alone"


@pytest.mark.parametrize(
    "changes",
    [
        {"restricted": True},
        {"merged_into": THREE},
        {"state": State.APPROVED},
        {"state": State.PUBLISHED},
        {"state": State.COLLECTING},
        {"taken": tuple(Taken(id=derived_id(str(n)), number=1) for n in range(MOST_TAKEN))},
    ],
)
def test_a_postmortem_that_cannot_take_it_declines_and_the_incident_goes_on_by_itself(changes: dict[str, Any]) -> None:
    one, merged = drafted("one").changed(**changes), domain.merge(drafted("two"), merging(TWO, ONE), NOW)
    decision = domain.take(one, handed(merged), GUIDANCE, NOW)
    (decline,) = decision.events
    assert isinstance(decline, DeclineIncident)
    assert decision.state == one
    assert merged.state
    apart = domain.hear_decline(merged.state, decline, GUIDANCE, NOW)
    assert apart.state
    assert (apart.state.merged_into, apart.state.revision) == (None, 2)
    assert apart.state.revisions[-1].note == f"not merged: {decline.reason}"
    assert domain.hear_decline(apart.state, decline, GUIDANCE, NOW) == Decision(state=apart.state)


def test_a_review_ends_with_the_merge_and_nobody_edits_or_submits_what_is_merged() -> None:
    submitted = domain.submit(drafted("two"), SubmitForReview(postmortem_id=TWO, actor=an_actor()), GUIDANCE, NOW).state
    assert submitted
    decision = domain.merge(submitted, merging(TWO, ONE), NOW)
    fact = next(event for event in decision.events if isinstance(event, PostmortemMerged))
    assert (fact.into, fact.revision, fact.merged_by) == (ONE, 1, "chen@example.com")
    assert decision.state
    assert decision.state.state is State.DRAFT
    for refused in (
        domain.revise(decision.state, a_revision(title="Other"), GUIDANCE, NOW),
        domain.submit(decision.state, SubmitForReview(postmortem_id=TWO, actor=an_actor()), GUIDANCE, NOW),
    ):
        assert refused.reply
        assert refused.reply.refusal
        assert refused.reply.refusal.rule == "merged"


def test_what_was_published_before_it_was_known_to_be_merged_is_published_and_apart() -> None:
    _, merged = together()
    published = Published(
        postmortem_id=TWO,
        revision=1,
        content_hash=merged.content_hash(),
        published_at=NOW,
        title=merged.title,
        severity="sev2",
        report=merged.report,
        lists=(),
        recipients=0,
    )
    decision = domain.publish_apart(merged, published)
    assert decision.state
    assert (decision.state.state, decision.state.published, decision.state.merged_into) == (State.PUBLISHED, 1, None)
    assert [type(event) for event in decision.events] == [GiveIncidentBack]


def test_a_private_event_of_a_merged_incident_closes_both_once() -> None:
    both, merged = together()
    decision = domain.follow_incident(merged, an_event("two", "note", 50, private=True), "p", GUIDANCE, NOW)
    closed, told = decision.events
    assert isinstance(closed, AccessChanged)
    assert isinstance(told, TakeIncident)
    after = domain.take(both, told, GUIDANCE, NOW)
    assert after.state.restricted
    assert all(event.restricted for event in after.events if isinstance(event, DraftRevised | AccessChanged))
    opened = after.state.opened_to(tags=(), restricted=False, readers=())
    later = domain.follow_incident(decision.state, an_event("two", "note", 51), "q", GUIDANCE, NOW)
    assert not domain.take(opened, handed(later), GUIDANCE, NOW).state.restricted
