"""The review of a restricted postmortem: only its readers are asked, and nobody else may speak."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review import domain
from services.review.domain import Member, Membership, Review, State
from shared.contracts.commands import Role, Verdict
from shared.contracts.community import PutReviewer
from shared.contracts.decision import UNKNOWN_POSTMORTEM
from shared.contracts.events import AccessChanged, DraftCreated, ReviewApproved, ReviewersAssigned, Snapshot
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.review.test_domain import COMMUNITY, approved, opened, requested, revised, verdict
from tests.unit.review.test_handlers import a_room, hear

READERS = ("r3@example.com", "reader@example.com", "admin@example.com")
CLOSED: dict[str, Any] = {"restricted": True, "readers": READERS, "access": 1}


def access(revision: int = 1, **fields: Any) -> AccessChanged:
    event: AccessChanged = a_draft(
        AccessChanged, revision=revision, changed_at=NOW, **({"changed_by": "owner@example.com"} | CLOSED | fields)
    )
    return event


def hidden(review: Review, email: str, role: Role = Role.REVIEWER) -> bool:
    """Say whether somebody is told that there is no such postmortem, whatever they say of it."""
    decisions = [domain.give_verdict(review, verdict(email, kind, 9, role), NOW) for kind in Verdict]
    refusals = [decision.reply.refusal for decision in decisions if decision.reply]
    assert all(refusal == UNKNOWN_POSTMORTEM for refusal in refusals) or UNKNOWN_POSTMORTEM not in refusals
    return refusals[0] == UNKNOWN_POSTMORTEM


def test_only_readers_of_the_community_are_asked_and_barred_ones_are_not() -> None:
    assert [reviewer.email for reviewer in opened(**CLOSED).reviewers] == ["r3@example.com"]
    assert opened(**CLOSED, authors=("r3@example.com",)).reviewers == ()


def test_without_a_reader_in_the_community_an_admin_among_the_readers_gives_the_verdict() -> None:
    review = opened(**(CLOSED | {"readers": ("admin@example.com",)}))
    assert (review.reviewers, review.needed, review.state) == ((), 1, State.IN_REVIEW)
    decision = domain.give_verdict(review, verdict("admin@example.com", role=Role.ADMIN), NOW)
    (event,) = decision.events
    assert isinstance(event, ReviewApproved)
    assert event.restricted


@pytest.mark.parametrize("role", Role)
def test_who_is_not_named_is_told_that_there_is_no_such_postmortem(role: Role) -> None:
    review = opened(**CLOSED)
    assert hidden(review, "r0@example.com", role)
    assert hidden(review, "stranger@example.com", role)
    for named in (*READERS, "owner@example.com", "responder@example.com"):
        assert not hidden(review, named, role)


def test_becoming_restricted_voids_no_approval_and_sends_nobody_away() -> None:
    review = opened()
    half = domain.give_verdict(review, verdict(review.reviewers[0].email), NOW).state
    assert half
    after = domain.follow_draft(half, access(), NOW)
    assert (after.state.approvals, after.state.reviewers, after.state.state) == (
        half.approvals,
        half.reviewers,
        State.IN_REVIEW,
    )
    assert after.events == ()
    last = domain.give_verdict(after.state, verdict(review.reviewers[1].email), NOW)
    (event,) = last.events
    assert isinstance(event, ReviewApproved)
    assert (event.restricted, event.readers, event.access, event.reviewers) == (True, READERS, 1, review.reviewers)
    assert domain.follow_draft(approved(), access(), NOW).state.state is State.APPROVED


async def test_further_reviewers_are_asked_as_soon_as_there_are_readers_among_the_community() -> None:
    deps, documents, bus = a_room()
    nobody: dict[str, Any] = {"restricted": True, "readers": (), "access": 1}
    await hear(deps, requested(**nobody))
    assert documents.states[requested().postmortem_id].reviewers == ()
    await hear(deps, access(access=2, readers=("r1@example.com",)))
    await hear(deps, access(access=2, readers=("r1@example.com",), changed_by="twice"))
    await hear(deps, access(access=3, restricted=False))
    review = documents.states[requested().postmortem_id]
    assert {reviewer.email for reviewer in review.reviewers} > {"r1@example.com"}
    assert (len(review.reviewers), review.needed) == (2, 2)
    said, notice = bus.names(), "ReviewNotice.v1"
    assert [name for name in said if name != notice] == [
        *("ReviewersAssigned.v1", "ReviewersWanted.v1"),
        *("ReviewersAssigned.v1", "ReviewersWanted.v1", "ReviewersAssigned.v1"),
    ]
    assert said.count(notice) == 4  # two who are asked, and the owner, who is told twice that there are too few


def test_of_the_readers_only_those_are_asked_who_are_in_the_community_active_and_not_away() -> None:
    here, away, left, stranger = (Member(name=name, email=f"{name}@example.com") for name in "halx")
    changed = (
        here,
        away.model_copy(update={"away_until": NOW + timedelta(days=1)}),
        left.model_copy(update={"active": False}),
    )
    known = [Membership(version=2, origin="api", reviewer=member) for member in (*changed, *COMMUNITY)]
    fields = CLOSED | {"readers": tuple(each.email for each in (here, away, left, stranger))}
    for now, asked in ((NOW, {here.email}), (NOW + timedelta(days=1), {here.email, away.email})):
        review = domain.open_review(
            None, requested(**fields), domain.Pool(members=domain.available(known, now)), domain.Practice(wanted=3), now
        ).state
        assert {reviewer.email for reviewer in review.reviewers} == asked


async def test_a_reader_who_is_away_or_has_left_is_not_asked_either_when_readers_change() -> None:
    deps, documents, bus = a_room()
    nobody: dict[str, Any] = {"restricted": True, "readers": (), "access": 1}
    await hear(deps, requested(**nobody))
    r0, r1 = COMMUNITY[:2]
    new = Member(name="New", email="new@example.com")
    away = r0.model_copy(update={"away_until": NOW + timedelta(days=1)})
    for member in (new, away, r1.model_copy(update={"active": False})):
        await hear(deps, PutReviewer(actor=an_actor(member.email), reviewer=member))
    readers = tuple(member.email for member in (r0, r1, new))
    await hear(deps, access(access=2, readers=readers))
    assert [reviewer.email for reviewer in documents.states[PM].reviewers] == [new.email]
    await hear(deps, PutReviewer(actor=an_actor(r0.email), reviewer=r0))
    await hear(deps, access(access=3, readers=readers))
    assert {reviewer.email for reviewer in documents.states[PM].reviewers} == {new.email, r0.email}
    assert bus.names().count("ReviewersAssigned.v1") == 3


def test_a_change_of_readers_that_overtakes_its_revision_asks_again_as_that_revision_does() -> None:
    decision = domain.follow_draft(approved(), access(revision=2), NOW)
    assert [type(event) for event in decision.events] == [ReviewersAssigned]
    assert (decision.state.state, decision.state.draft.revision) == (State.IN_REVIEW, 2)
    assert domain.follow_draft(decision.state, revised(2), NOW).state == decision.state


FACTS: tuple[Snapshot, ...] = (
    a_draft(DraftCreated),
    revised(2),
    access(revision=2),
    revised(3, **(CLOSED | {"readers": ("r2@example.com",), "access": 2})),
    requested(3, **(CLOSED | {"readers": ("r2@example.com",), "access": 2})),
)


@given(st.permutations(FACTS))
def test_once_it_is_closed_no_older_fact_opens_it_in_whatever_order_they_come(order: list[Snapshot]) -> None:
    review: Review | None = None
    for n, fact in enumerate(order):
        if fact.name == requested().name:
            review = domain.open_review(review, fact, domain.Pool(members=COMMUNITY), domain.Practice(), NOW).state  # type: ignore[arg-type]
        else:
            review = domain.follow_draft(review, fact, NOW).state
        is_closed = any(known.restricted for known in order[: n + 1])
        assert hidden(review, "stranger@example.com") == is_closed
    assert review
    assert (review.draft.revision, review.draft.access, review.draft.readers) == (3, 2, ("r2@example.com",))
