"""The review of one postmortem: who is asked, who may speak, when it is approved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review import domain
from services.review.domain import Member, Review, State
from shared.contracts.commands import GiveVerdict, Role, Verdict
from shared.contracts.decision import Decision, Kind
from shared.contracts.events import (
    ApprovalGiven,
    ChangesRequested,
    DraftCreated,
    DraftRevised,
    Published,
    ReviewApproved,
    ReviewersAssigned,
    ReviewRequested,
)
from shared.contracts.review_notices import ReviewNotice
from shared.contracts.values import Comment
from tests.helpers.builders import NOW, PM, a_draft, an_actor

COMMUNITY = tuple(Member(name=f"R{n}", email=f"r{n}@example.com") for n in range(4))


def requested(revision: int = 1, **fields: object) -> ReviewRequested:
    event: ReviewRequested = a_draft(
        ReviewRequested, revision=revision, requested_at=NOW, requested_by="owner@example.com", **fields
    )
    return event


def revised(revision: int, status: str = "in_review", **fields: object) -> DraftRevised:
    event: DraftRevised = a_draft(
        DraftRevised, revision=revision, status=status, revised_at=NOW, revised_by="x", **fields
    )
    return event


def opened(community: tuple[Member, ...] = COMMUNITY, **fields: object) -> Review:
    return domain.open_review(None, requested(**fields), domain.Pool(members=community), domain.Practice(), NOW).state  # type: ignore[arg-type]


def verdict(
    email: str,
    kind: Verdict = Verdict.APPROVE,
    revision: int = 1,
    role: Role = Role.REVIEWER,
    comments: tuple[Comment, ...] = (),
) -> GiveVerdict:
    return GiveVerdict(
        postmortem_id=PM, actor=an_actor(email, role), revision=revision, verdict=kind, comments=comments
    )


def rule(decision: Decision[Review] | Decision[Review | None]) -> str | None:
    return decision.reply.refusal.rule if decision.reply and decision.reply.refusal else None


def approved() -> Review:
    review: Review | None = opened()
    assert review
    for reviewer in review.reviewers:
        review = domain.give_verdict(review, verdict(reviewer.email), NOW).state
    assert review
    return review


IN = {
    State.WAITING: domain.follow_draft(None, a_draft(DraftCreated), NOW).state,
    State.IN_REVIEW: opened(),
    State.CHANGES_REQUESTED: domain.give_verdict(
        opened(), verdict(opened().reviewers[0].email, Verdict.REQUEST_CHANGES), NOW
    ).state,
    State.APPROVED: approved(),
}
PUBLISHED = Published(
    postmortem_id=PM,
    revision=1,
    content_hash="x",
    published_at=NOW,
    title="t",
    severity="sev2",
    report={},
    lists=(),
    recipients=0,
)
IN[State.PUBLISHED] = domain.close(IN[State.APPROVED], PUBLISHED).state


def test_two_reviewers_are_asked_and_none_of_them_is_involved() -> None:
    community = (
        *COMMUNITY,
        Member(name="O", email="owner@example.com"),
        Member(name="R", email="responder@example.com"),
    )
    review = opened(community, authors=("r0@example.com",))
    assert len(review.reviewers) == 2
    assert {r.email for r in review.reviewers} <= {"r1@example.com", "r2@example.com", "r3@example.com"}


@given(
    st.lists(st.sampled_from([f"r{n}@example.com" for n in range(6)]), unique=True),
    st.dictionaries(st.sampled_from([f"r{n}@example.com" for n in range(6)]), st.integers(0, 9)),
    st.integers(1, 4),
)
def test_whatever_the_load_nobody_barred_is_asked_and_the_choice_is_repeatable(
    authors: list[str], load: dict[str, int], wanted: int
) -> None:
    community = tuple(Member(name=f"R{n}", email=f"r{n}@example.com") for n in range(6))
    draft = domain.follow_draft(None, a_draft(DraftCreated, authors=tuple(authors)), NOW).state.draft
    busy = {email: domain.Load(open=n, recent=n) for email, n in load.items()}
    practice, due = domain.Practice(wanted=wanted, capacity=10), NOW + timedelta(days=4)
    forth, back = (
        domain.assign(draft, (), domain.Pool(members=members, workload=busy), practice, NOW, due).reviewers
        for members in (community, tuple(reversed(community)))
    )
    chosen = forth
    assert chosen == back
    assert not {r.email for r in chosen} & domain.barred(draft)
    assert len(chosen) == min(wanted, len({m.email for m in community} - set(authors)))
    rest = [load.get(m.email, 0) for m in community if m.email not in {*authors, *(r.email for r in chosen)}]
    assert not chosen or not rest or max(load.get(r.email, 0) for r in chosen) <= min(rest)


def test_the_same_reviewers_are_asked_again_after_changes() -> None:
    review = IN[State.CHANGES_REQUESTED]
    assert review
    again = domain.open_review(
        review,
        requested(2),
        domain.Pool(members=COMMUNITY, workload={r.email: domain.Load(open=9) for r in review.reviewers}),
        domain.Practice(),
        NOW,
    ).state
    assert {r.email for r in again.reviewers} == {r.email for r in review.reviewers}


def test_the_first_approval_is_told_and_the_last_one_approves_with_the_whole_text() -> None:
    review = opened()
    first = domain.give_verdict(review, verdict(review.reviewers[0].email), NOW)
    assert [type(event) for event in first.events] == [ApprovalGiven]
    last = domain.give_verdict(first.state, verdict(review.reviewers[1].email), NOW)
    (event,) = last.events
    assert isinstance(event, ReviewApproved)
    assert (event.revision, event.content_hash, event.report) == (1, review.draft.content_hash, review.draft.report)
    assert [a.email for a in event.approvals] == [r.email for r in review.reviewers]


@pytest.mark.parametrize("spelling", ["{0}@{1}", "{0}+again@{1}", "{0}+A+B@{1}"])
def test_one_person_approving_twice_is_one_approval_whatever_account_they_come_with(spelling: str) -> None:
    review = opened()
    someone = review.reviewers[0].email
    once = domain.give_verdict(review, verdict(someone), NOW).state
    twice = domain.give_verdict(once, verdict(spelling.format(*someone.split("@"))), NOW)
    assert rule(twice) == "already-approved"
    assert twice.state == once
    assert twice.events == ()


def test_an_edit_after_approval_voids_it_and_asks_again() -> None:
    decision = domain.follow_draft(approved(), revised(2), NOW)
    assert decision.state.state is State.IN_REVIEW
    assert decision.state.approvals == ()
    assert [type(event) for event in decision.events] == [ReviewersAssigned]


@pytest.mark.parametrize(
    ("who", "role"),
    [
        ("owner@example.com", Role.ENGINEER),
        ("owner@example.com", Role.ADMIN),
        ("responder@example.com", Role.REVIEWER),
        ("writer@example.com", Role.ADMIN),
        ("Owner@Example.com", Role.ADMIN),
        ("owner+review@example.com", Role.ADMIN),
        ("Writer+2@example.com", Role.REVIEWER),
        ("responder+on-call@EXAMPLE.com", Role.REVIEWER),
    ],
)
def test_nobody_approves_their_own_postmortem_not_even_an_admin(who: str, role: Role) -> None:
    review = opened(authors=("writer@example.com",))
    decision = domain.give_verdict(review, verdict(who, role=role), NOW)
    assert rule(decision) == "own-postmortem"
    assert decision.state is review


def test_only_the_assigned_give_a_verdict_but_an_admin_may_step_in() -> None:
    review = opened()
    stranger = next(m.email for m in COMMUNITY if m.email not in {r.email for r in review.reviewers})
    assert rule(domain.give_verdict(review, verdict(stranger), NOW)) == "assigned-reviewers-only"
    assert rule(domain.give_verdict(review, verdict("admin@example.com", role=Role.ADMIN), NOW)) is None


def test_an_old_revision_cannot_be_approved() -> None:
    review = domain.follow_draft(opened(), revised(2), NOW).state
    decision = domain.give_verdict(review, verdict(review.reviewers[0].email, revision=1), NOW)
    assert decision.reply
    assert decision.reply.refusal
    assert (decision.reply.refusal.kind, decision.reply.refusal.field) == (Kind.CONFLICT, "revision")


def test_a_comment_needs_words_and_a_request_for_changes_sends_the_text_back() -> None:
    review = opened()
    assert (
        rule(domain.give_verdict(review, verdict(review.reviewers[0].email, Verdict.COMMENT), NOW))
        == "comment-without-text"
    )
    asked = domain.give_verdict(
        review, verdict(review.reviewers[0].email, Verdict.REQUEST_CHANGES, comments=(Comment(text="Numbers?"),)), NOW
    )
    event, notice = asked.events
    assert isinstance(notice, ReviewNotice)
    assert (notice.kind, notice.recipient, notice.sections) == ("changes_requested", review.draft.owner, ())
    assert isinstance(event, ChangesRequested)
    assert event.comments[0].text == "Numbers?"


def test_an_unknown_postmortem_is_not_found() -> None:
    assert rule(domain.give_verdict(None, verdict("r0@example.com"), NOW)) == "unknown-postmortem"


def test_news_of_an_older_revision_changes_nothing() -> None:
    review = domain.follow_draft(opened(), revised(3), NOW).state
    assert domain.follow_draft(review, revised(2), NOW).state == review


def test_a_review_that_was_asked_for_before_the_edit_was_heard_of_reviews_the_newest() -> None:
    waiting = domain.follow_draft(None, revised(2), NOW).state
    review = domain.open_review(waiting, requested(1), domain.Pool(members=COMMUNITY), domain.Practice(), NOW).state
    assert (review.state, review.draft.revision) == (State.IN_REVIEW, 2)
