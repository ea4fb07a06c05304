"""Who owns a postmortem and is told so: by policy with the draft, by people whenever it changes hands."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from services.drafting import domain
from services.drafting.domain import Postmortem, State
from services.drafting.ports import Postmortems
from shared.contracts.base import Owner, Person
from shared.contracts.decision import Decision
from shared.contracts.notices import OwnerAssigned, OwnerReason
from shared.contracts.skipping import POLICY
from shared.messaging.outbox import Relay
from shared.testing import FakeBus, FixedClock, InMemoryDocuments, received
from tests.helpers.builders import NOW, PM, an_incident_event
from tests.unit.drafting.test_domain import GUIDANCE, SETTLE, STORY, a_revision, a_skip, drafted, told
from tests.unit.drafting.test_skipping import required, skipped

SAM = Owner(name="Sam Search", email="sam@example.com")
OWNED = dataclasses.replace(GUIDANCE, service_owners={"search": SAM})
RITA = {"name": "Rita Responder", "email": "rita@example.com"}
IAN, HANA = "ian@example.com", {"name": "Hana Sato", "email": "hana@example.com"}


def a_person(email: str | None, role: str = "responder") -> Person:
    return Person(name="Somebody", email=email, role=role)


@pytest.mark.parametrize(
    ("people", "services", "owner", "reason"),
    [
        (["r", "c"], ["Search"], "c@example.com", OwnerReason.COMMANDER),
        (["r"], ["Search"], "r@example.com", OwnerReason.RESPONDER),
        ([], ["checkout", "SEARCH"], "sam@example.com", OwnerReason.SERVICE_OWNER),
        ([], ["checkout"], "default@example.com", OwnerReason.DEFAULT),
        ([None], ["search"], "sam@example.com", OwnerReason.SERVICE_OWNER),
        ([None], [], "default@example.com", OwnerReason.DEFAULT),
    ],
)
def test_the_policy_never_lets_it_be_nobody_s_nor_of_somebody_without_an_address(
    people: list[str | None], services: list[str], owner: str, reason: OwnerReason
) -> None:
    roles = {"c": "incident_commander"}
    named = tuple(a_person(who and f"{who}@example.com", roles.get(who or "", "responder")) for who in people)
    picked = OWNED.assigned(named, tuple(services))
    assert (picked.owner.email, picked.reason) == (owner, reason)


def news(before: Postmortem | None, decision: Decision[Any], by: str = POLICY) -> tuple[OwnerAssigned, ...]:
    attended = domain.attend(before, decision, by, GUIDANCE, NOW)
    return tuple(event for event in attended.events if isinstance(event, OwnerAssigned))


def test_with_the_draft_its_owner_is_told_why_it_is_theirs_and_until_when() -> None:
    decision = domain.open_draft(told().state, GUIDANCE, NOW + SETTLE)
    (event,) = news(told().state, decision)
    assert (event.owner.email, event.reason, event.previous, event.assigned_by) == (
        IAN,
        OwnerReason.COMMANDER,
        None,
        "afterword",
    )
    assert (event.deadline, event.title, event.severity) == (
        decision.state.deadline,
        decision.state.title,
        decision.state.severity,
    )


@pytest.mark.parametrize(("by", "reason"), [(IAN, OwnerReason.HANDED_OVER), ("boss@example.com", OwnerReason.CHOSEN)])
def test_whoever_gets_it_from_somebody_is_told_from_whom(by: str, reason: OwnerReason) -> None:
    before = drafted()
    (event,) = news(before, domain.revise(before, a_revision(owner=HANA), GUIDANCE, NOW), by)
    assert (event.owner.email, event.reason, event.assigned_by) == ("hana@example.com", reason, by)
    assert event.previous == before.owner
    assert news(before, domain.revise(before, a_revision(title="Other"), GUIDANCE, NOW), by) == ()


def test_when_the_incident_tells_of_a_commander_an_untouched_draft_changes_hands() -> None:
    before = domain.open_draft(told((STORY[0], STORY[1], STORY[4])).state, GUIDANCE, NOW).state
    assert before.owner
    assert before.owner.email == RITA["email"]
    (event,) = news(before, domain.follow_incident(before, STORY[2], "late", GUIDANCE, NOW))
    assert (event.owner.email, event.reason, event.previous) == (IAN, OwnerReason.COMMANDER, before.owner)


def test_nobody_is_told_of_what_is_skipped_and_whose_it_is_is_told_when_it_is_asked_for() -> None:
    assert news(drafted(), domain.skip(drafted(), a_skip(), NOW), IAN) == ()
    (event,) = news(skipped(), required(skipped()), "author@example.com")
    assert (event.owner.email, event.previous, event.assigned_by) == (IAN, None, "author@example.com")
    assert event.reason is OwnerReason.COMMANDER


def test_what_was_drafted_before_owners_were_told_is_nobody_s_news() -> None:
    before = drafted()
    assert news(before, Decision(state=before)) == ()
    published = skipped().changed(state=State.PUBLISHED)
    assert news(skipped(), Decision(state=published)) == ()


async def test_whatever_the_room_commits_its_owner_is_told_and_its_timer_is_set() -> None:
    clock, bus = FixedClock(NOW), FakeBus()
    documents: InMemoryDocuments[Postmortem] = InMemoryDocuments(clock)
    postmortems = Postmortems(documents, Relay(documents, bus.publish), GUIDANCE, clock)
    event = received(an_incident_event("note", occurred_at=NOW))
    loaded = await postmortems.load(event)
    await postmortems.commit(loaded, domain.open_draft(told().state, GUIDANCE, NOW), event)
    assert bus.names() == ["DraftCreated.v1", "OwnerAssigned.v1"]
    command = received(a_revision(owner=HANA))
    loaded = await postmortems.load(command)
    await postmortems.commit(loaded, domain.revise(loaded.state, command.data, GUIDANCE, NOW), command)
    assert bus.names()[2:] == ["DraftRevised.v1", "OwnerAssigned.v1"]
    state = documents.states[PM]
    assert state.deadline
    assert documents.due_at[PM] == state.deadline.replace(day=state.deadline.day - 1)
