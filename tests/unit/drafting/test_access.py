"""Who may see a postmortem, and its tags: beside the text, decided by its owner, closed by a private incident."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.drafting import domain
from services.drafting.domain import Postmortem, State
from shared.contracts.commands import Role, SubmitForReview
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind
from shared.contracts.events import AccessChanged, DraftCreated, DraftRevised, ReviewersAssigned, TimelineExtended
from shared.contracts.values import AskedReviewer
from tests.helpers.builders import NOW, PM, an_actor, an_incident_event
from tests.unit.drafting.test_domain import GUIDANCE, SETTLE, STORY, a_revision, drafted, told

OWNER = an_actor("ian@example.com")
READER, ADMIN = "reader@example.com", an_actor("admin@example.com", Role.ADMIN)
CLOSE: dict[str, Any] = {"restricted": True, "readers": (READER,), "tags": ("dns", "dns", "retry storm")}


def revised(postmortem: Postmortem, actor: Any = OWNER, **fields: Any) -> Decision[Postmortem | None]:
    return domain.revise(postmortem, a_revision(postmortem.revision, actor=actor, **fields), GUIDANCE, NOW)


def closed() -> Postmortem:
    after = revised(drafted(), **CLOSE).state
    assert after
    return after


def rule(decision: Decision[Postmortem | None]) -> tuple[Kind, str] | None:
    refusal = decision.reply.refusal if decision.reply else None
    return (refusal.kind, refusal.rule) if refusal else None


def test_tags_and_readers_alone_are_told_whole_and_make_no_revision_and_no_author() -> None:
    before = drafted()
    decision = revised(before, **CLOSE)
    (event,) = decision.events
    assert isinstance(event, AccessChanged)
    assert (event.restricted, event.readers, event.tags) == (True, (READER,), ("dns", "retry storm"))
    assert (event.revision, event.content_hash, event.report) == (1, before.content_hash(), before.report)
    assert (event.access, event.changed_by, event.authors) == (1, OWNER.email, ())
    assert decision.state
    assert decision.state.revisions == before.revisions


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED, State.APPROVED])
def test_whatever_its_state_it_keeps_it_when_only_its_readers_change(state: State) -> None:
    after = revised(drafted().changed(state=state), **CLOSE).state
    assert after
    assert (after.state, after.restricted) == (state, True)


def test_what_is_published_is_closed_too_but_its_text_stays() -> None:
    published = drafted().changed(state=State.PUBLISHED)
    assert [type(event) for event in revised(published, **CLOSE).events] == [AccessChanged]
    assert rule(revised(published, **CLOSE, title="Other")) == (Kind.CONFLICT, "already-published")
    assert rule(revised(published)) == (Kind.CONFLICT, "already-published")


def test_with_other_words_as_well_it_is_one_revision_that_tells_both() -> None:
    (event,) = revised(drafted(), **CLOSE, title="Other").events
    assert isinstance(event, DraftRevised)
    assert (event.revision, event.title, event.restricted, event.access) == (2, "Other", True, 1)


def test_a_change_of_nothing_is_not_told() -> None:
    decision = revised(closed(), **CLOSE)
    assert (decision.state, decision.events) == (closed(), ())


def test_every_later_fact_carries_who_may_see_it() -> None:
    (event,) = revised(closed(), title="Other").events
    assert isinstance(event, DraftRevised)
    assert (event.restricted, event.readers, event.tags, event.access) == (True, (READER,), ("dns", "retry storm"), 1)


def test_anybody_who_edits_sets_tags_but_only_owner_or_admin_says_who_sees_it() -> None:
    somebody = an_actor("somebody@example.com")
    assert rule(revised(drafted(), somebody, tags=("dns",))) is None
    for fields in ({"restricted": True}, {"readers": (READER,)}):
        assert rule(revised(drafted(), somebody, **fields)) == (Kind.FORBIDDEN, "owner-or-admin-restricts")
        assert rule(revised(drafted(), ADMIN, **fields)) is None


def test_whoever_sends_back_what_they_read_changes_nothing_and_is_not_refused() -> None:
    decision = revised(closed(), an_actor(READER), restricted=True, readers=(READER,), title="Other")
    assert rule(decision) is None


def test_an_admin_decides_on_what_is_restricted_only_as_one_whom_it_names() -> None:
    assert rule(revised(closed(), ADMIN, restricted=False)) == (Kind.NOT_FOUND, "unknown-postmortem")
    reading = revised(closed(), readers=(READER, ADMIN.email)).state
    assert reading
    opened = revised(reading, ADMIN, restricted=False).state
    assert opened
    assert not opened.restricted


def test_nobody_becomes_owner_of_what_is_restricted_but_by_its_owner() -> None:
    mine = {"owner": {"name": "Reader", "email": READER}}
    assert rule(revised(closed(), an_actor(READER), **mine)) == (Kind.FORBIDDEN, "owner-or-admin-restricts")
    assert rule(revised(closed(), **mine)) is None
    assert rule(revised(drafted(), an_actor(READER), **mine)) is None


@pytest.mark.parametrize("role", Role)
def test_who_is_not_named_neither_edits_nor_submits_and_a_reviewer_does(role: Role) -> None:
    stranger = an_actor("stranger@example.com", role)
    submitting = SubmitForReview(postmortem_id=PM, actor=stranger)
    assigned = ReviewersAssigned(
        postmortem_id=PM, revision=1, assigned_at=NOW, reviewers=(AskedReviewer(name="Stranger", email=stranger.email),)
    )
    for decision in (revised(closed(), stranger, title="x"), domain.submit(closed(), submitting, GUIDANCE, NOW)):
        assert decision.reply
        assert decision.reply.refusal == UNKNOWN_POSTMORTEM
        assert decision.state == closed()
    asked = domain.hear_reviewers(closed(), assigned).state
    assert asked
    assert rule(revised(asked, stranger, title="x")) is None
    late = assigned.model_copy(update={"reviewers": (), "assigned_at": NOW - timedelta(hours=1)})
    assert domain.hear_reviewers(asked, late).state == asked


PRIVATE = an_incident_event("note", occurred_at=NOW + timedelta(minutes=1), private=True, entry={"text": "Private"})


@pytest.mark.parametrize("order", list(permutations(range(6)))[::41])
def test_one_private_event_among_many_opens_the_draft_restricted(order: tuple[int, ...]) -> None:
    story = (*STORY, PRIVATE)
    (event,) = domain.open_draft(told(tuple(story[n] for n in order)).state, GUIDANCE, NOW + SETTLE).events
    assert isinstance(event, DraftCreated)
    assert (event.restricted, event.readers) == (True, ())
    assert event.named() == {"ian@example.com", "rita@example.com"}


def test_of_a_private_incident_known_by_its_id_alone_a_draft_is_opened_when_somebody_says_that_it_is_over() -> None:
    opened = an_incident_event("opened", title="incident.io incident 01S", private=True, occurred_at=NOW)
    over = an_incident_event("resolved", severity="sev2", occurred_at=NOW + timedelta(hours=1))
    assert told((opened,)).due is None
    (event,) = domain.open_draft(told((opened, over)).state, GUIDANCE, NOW + SETTLE).events
    assert isinstance(event, DraftCreated)
    assert (event.restricted, event.title, event.owner) == (True, "incident.io incident 01S", GUIDANCE.default_owner)


NAMES_THEMSELVES = an_incident_event(
    "note",
    occurred_at=NOW - timedelta(minutes=1),
    people=[{"name": "Stranger", "email": "stranger@example.com", "role": "incident_commander"}],
    reported_by="stranger@example.com",
    private=True,
    entry={"text": "I was there"},
)


def test_nobody_names_themselves_in_a_private_incident_in_whatever_order_it_is_told() -> None:
    for story in permutations((STORY[0], STORY[1], STORY[4], PRIVATE, NAMES_THEMSELVES)):
        (event,) = domain.open_draft(told(story).state, GUIDANCE, NOW + SETTLE).events
        assert isinstance(event, DraftCreated)
        assert event.named() == {"rita@example.com"}


def test_what_is_closed_lets_in_whom_a_tool_or_somebody_named_tells_of_and_keeps_whom_it_had() -> None:
    after = follow(closed(), NAMES_THEMSELVES).state
    assert after.people == closed().people
    assert [entry.text for entry in after.timeline if entry.text == "I was there"]
    for teller in (None, OWNER.email, READER, "rita@example.com"):
        told_of = follow(closed(), NAMES_THEMSELVES.model_copy(update={"reported_by": teller})).state
        assert "stranger@example.com" in {person.email for person in told_of.people}
    while_open = follow(drafted(), NAMES_THEMSELVES).state
    assert "stranger@example.com" in {person.email for person in while_open.people}
    assert not while_open.restricted


def follow(postmortem: Postmortem, private: Any) -> Decision[Postmortem]:
    last = "~"  # of two that tell the same, the entry of the smaller id stays
    return domain.follow_incident(postmortem, private, last, GUIDANCE, NOW)


def test_a_private_event_that_comes_late_closes_what_was_open_whatever_its_state() -> None:
    (renewed,) = follow(drafted(), PRIVATE).events
    assert isinstance(renewed, DraftRevised)
    assert (renewed.restricted, renewed.access) == (True, 1)
    known = an_incident_event("note", occurred_at=NOW + timedelta(minutes=9), entry={"text": "Pool | exhausted"})
    (same,) = follow(drafted(), known.model_copy(update={"private": True})).events
    assert isinstance(same, AccessChanged)
    edited = drafted().changed(authors=("author@example.com",))
    for state in (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.PUBLISHED):
        closing, extended = follow(edited.changed(state=state), PRIVATE).events
        assert isinstance(closing, AccessChanged)
        assert isinstance(extended, TimelineExtended)
        assert (closing.restricted, closing.revision) == (True, 1)


def test_a_second_private_event_does_not_close_again_what_the_owner_has_opened() -> None:
    private = follow(drafted(), PRIVATE).state
    opened = revised(private, restricted=False).state
    assert opened
    again = an_incident_event("note", occurred_at=NOW + timedelta(minutes=3), private=True, entry={"text": "More"})
    after = domain.follow_incident(opened, again, "again", GUIDANCE, NOW)
    assert not after.state.restricted
    assert [event.subject for event in after.events] == [PM]
