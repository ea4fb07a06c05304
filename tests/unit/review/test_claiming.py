"""“I do it”, “not I”, “let them do it”: what follows, and which rule is named when it may not be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review import domain
from services.review.domain import Load, Member, PassedOnBecause, Pool, Practice, Review, State
from shared.contracts.assigning import ClaimReview, DeclineReview, HandOverReview
from shared.contracts.commands import Role
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision
from shared.contracts.events import ReviewersAssigned
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.review.test_domain import IN, requested, verdict

LATER = NOW + timedelta(hours=3)
PEOPLE = tuple(Member(name=f"M{n}", email=f"m{n}@example.com") for n in range(5))
OTHERS = (
    Member(name="Full", email="full@example.com", capacity=1),
    Member(name="Away", email="away@example.com", away_until=NOW + timedelta(days=30)),
    Member(name="Gone", email="gone@example.com", active=False),
    Member(name="Owner", email="owner+reviews@example.com"),
    Member(name="Lea", email="lea@example.com", level="learning"),
    Member(name="Ole", email="ole@example.com", level="learning"),
)
POOL = Pool(members=(*PEOPLE, *OTHERS), workload={"full@example.com": Load(open=1)})
PRACTICE = Practice()


def opened(**fields: Any) -> Review:
    return domain.open_review(None, requested(**fields), Pool(members=PEOPLE), PRACTICE, NOW).state


def emails(review: Review | None) -> list[str]:
    assert review
    return [reviewer.email for reviewer in review.reviewers]


def claim(review: Review | None, who: str, role: Role = Role.REVIEWER, **fields: Any) -> Decision[Review | None]:
    return domain.claim(
        review, ClaimReview(postmortem_id=PM, actor=an_actor(who, role), **fields), POOL, PRACTICE, LATER
    )


def decline(review: Review | None, who: str, role: Role = Role.REVIEWER, **fields: Any) -> Decision[Review | None]:
    command = DeclineReview(postmortem_id=PM, actor=an_actor(who, role), reason="I wrote it.", **fields)
    return domain.decline(review, command, POOL, PRACTICE, LATER)


def hand_over(
    review: Review | None, who: str, to: str, role: Role = Role.REVIEWER, **fields: Any
) -> Decision[Review | None]:
    command = HandOverReview(postmortem_id=PM, actor=an_actor(who, role), to=to, reason="You know it.", **fields)
    return domain.hand_over(review, command, POOL, PRACTICE, LATER)


def rule(decision: Decision[Review | None]) -> str | None:
    return decision.reply.refusal.rule if decision.reply and decision.reply.refusal else None


def stranger(review: Review) -> str:
    return next(m.email for m in PEOPLE if m.email not in emails(review))


def test_who_is_asked_says_that_they_do_it_and_saying_it_twice_is_once() -> None:
    review = opened()
    first = claim(review, emails(review)[0])
    assert first.state
    assert [reviewer.claimed for reviewer in first.state.reviewers] == [True, False]
    assert [type(event) for event in first.events] == [ReviewersAssigned]
    assert claim(first.state, emails(review)[0]).events == ()


def test_who_is_not_asked_may_claim_it_too_and_the_bar_stays_where_it_was() -> None:
    review = opened()
    joined = claim(review, stranger(review)).state
    assert joined
    assert (len(joined.reviewers), joined.needed) == (3, 2)
    assert (joined.reviewers[-1].claimed, joined.reviewers[-1].why) == (True, ("You said that you do it.",))


@pytest.mark.parametrize("who", ["full@example.com", "away@example.com", "lea@example.com"])
def test_rules_that_spare_people_keep_nobody_from_claiming_it(who: str) -> None:
    assert rule(claim(opened(), who)) is None


@pytest.mark.parametrize(
    ("who", "named"),
    [
        ("owner+reviews@example.com", "own-postmortem"),
        ("gone@example.com", "not-a-member"),
        ("nobody@example.com", "not-a-member"),
        ("full@example.com", "at-capacity"),
        ("away@example.com", "reviewer-away"),
    ],
)
def test_to_whom_a_rule_forbids_it_nothing_is_handed_over_and_the_rule_is_named(who: str, named: str) -> None:
    review = opened()
    decision = hand_over(review, emails(review)[0], who)
    assert (rule(decision), decision.state) == (named, review)
    assert decision.reply
    assert decision.reply.refusal
    assert decision.reply.refusal.field == "to"
    by_an_admin = claim(review, "admin@example.com", Role.ADMIN, reviewer=who)
    assert rule(by_an_admin) == named


def test_who_declines_is_followed_by_another_at_once_and_not_asked_again_for_this_postmortem() -> None:
    review = opened()
    first = emails(review)[0]
    after = decline(review, first)
    assert after.state
    assert first not in emails(after.state)
    assert (len(after.state.reviewers), after.state.needed) == (2, 2)
    (passed,) = after.state.passed_on
    assert (passed.email, passed.because, passed.reason) == (first, PassedOnBecause.DECLINED, "I wrote it.")
    again = domain.open_review(after.state, requested(2), Pool(members=PEOPLE), PRACTICE, LATER).state
    assert first not in emails(again)
    assert rule(hand_over(after.state, emails(after.state)[0], first)) == "declined-before"
    assert first in emails(claim(after.state, first).state)


@given(st.integers(0, 9), st.integers(1, 4))
def test_declining_ends_when_nobody_is_left_and_never_makes_approval_easier(seed: int, wanted: int) -> None:
    practice, pool = Practice(wanted=wanted), Pool(members=PEOPLE)
    review: Review | None = domain.open_review(None, requested(), pool, practice, NOW).state
    assert review
    needed = review.needed
    for turn in range(len(PEOPLE)):
        assert review
        who = review.reviewers[(seed + turn) % len(review.reviewers)].email
        command = DeclineReview(postmortem_id=PM, actor=an_actor(who), reason="No time.")
        decision = domain.decline(review, command, pool, practice, LATER)
        review = decision.state
        assert review
        assert sum(isinstance(event, ReviewersAssigned) for event in decision.events) == 1
        assert review.needed >= needed
    assert review
    assert (review.reviewers, len(review.passed_on), review.state) == ((), len(PEOPLE), State.IN_REVIEW)
    assert review.shortage
    assert review.shortage.reasons.declined == len(PEOPLE)


def test_what_is_handed_over_goes_to_whom_it_is_meant_for_who_is_told_by_whom() -> None:
    review = opened()
    first, new = emails(review)[0], stranger(review)
    after = hand_over(review, first, new).state
    assert emails(after) == [emails(review)[1], new]
    assert after
    assert after.reviewers[-1].why == ("M0 handed it over to you: You know it.".replace("M0", first[:2].upper()),)
    assert after.reviewers[-1].asked_at == LATER
    assert after.declined == {first}


def test_who_is_learning_is_handed_a_review_only_beside_somebody_experienced() -> None:
    review = opened()
    first, second = emails(review)
    beside = hand_over(review, first, "lea@example.com")
    assert rule(beside) is None
    assert rule(hand_over(beside.state, second, "ole@example.com")) == "learns-beside-another"
    assert rule(claim(beside.state, "ole@example.com")) == "learns-beside-another"


def to_a_stranger(review: Review, who: str, **how: Any) -> Decision[Review | None]:
    spare = [m.email for m in PEOPLE if m.email not in {*emails(review), who}]
    return hand_over(review, who, spare[0], **how)


@pytest.mark.parametrize("speak", [decline, to_a_stranger])
def test_nobody_gives_away_what_is_not_theirs_but_an_admin_does_it_for_anybody(speak: Callable[..., Any]) -> None:
    review = opened()
    first, other = emails(review)[0], stranger(review)
    assert rule(speak(review, other)) == "assigned-reviewers-only"
    assert rule(speak(review, other, reviewer=first)) == "own-review-or-admin"
    done = speak(review, "admin@example.com", role=Role.ADMIN, reviewer=first)
    assert rule(done) is None
    assert first not in emails(done.state)


def test_who_has_approved_withdraws_that_first_and_history_keeps_it() -> None:
    review = opened()
    first = emails(review)[0]
    approved = domain.give_verdict(review, verdict(first), NOW).state
    assert rule(decline(approved, first)) == "already-approved"
    assert rule(hand_over(approved, first, stranger(review))) == "already-approved"


def test_who_reviews_it_already_is_no_second_reviewer_under_another_account() -> None:
    review = opened()
    first, second = emails(review)
    assert rule(hand_over(review, first, second)) == "already-reviewer"
    twice = Pool(members=(*PEOPLE, Member(name="Me", email=second.replace("@", "+2@"))))
    command = ClaimReview(postmortem_id=PM, actor=an_actor(second.replace("@", "+2@")))
    assert rule(domain.claim(review, command, twice, PRACTICE, LATER)) == "already-reviewer"


def test_ten_review_a_postmortem_at_most() -> None:
    many = Pool(members=tuple(Member(name=f"Z{n}", email=f"z{n}@example.com") for n in range(12)))
    review: Review | None = domain.open_review(None, requested(), many, PRACTICE, NOW).state
    for member in many.members:
        command = ClaimReview(postmortem_id=PM, actor=an_actor(member.email))
        decision = domain.claim(review, command, many, PRACTICE, LATER)
        review = decision.state
        assert rule(decision) in (None, "too-many-reviewers")
    assert review
    assert (len(review.reviewers), review.needed) == (10, 2)


@pytest.mark.parametrize("state", [s for s in State if s not in (State.IN_REVIEW, State.CHANGES_REQUESTED)])
def test_reviewers_are_named_only_while_it_is_in_review(state: State) -> None:
    review = IN[state]
    for decision in (claim(review, "m0@example.com"), decline(review, "r0@example.com")):
        assert (rule(decision), decision.state) == ("not-in-review", review)


def test_after_changes_were_requested_a_place_that_is_free_is_filled_when_it_is_submitted_again() -> None:
    sent_back = IN[State.CHANGES_REQUESTED]
    assert sent_back
    first = sent_back.reviewers[0].email
    left = decline(sent_back, first).state
    assert left
    assert (len(left.reviewers), left.state) == (1, State.CHANGES_REQUESTED)
    again = domain.open_review(left, requested(2), Pool(members=PEOPLE), PRACTICE, LATER).state
    assert len(again.reviewers) == 2


@pytest.mark.parametrize("role", Role)
def test_of_a_restricted_postmortem_only_readers_learn_that_there_is_one_and_claim_it(role: Role) -> None:
    review = opened(restricted=True, readers=("m3@example.com", "m4@example.com"), access=1)
    assert set(emails(review)) == {"m3@example.com", "m4@example.com"}
    for decision in (
        claim(review, "m0@example.com", role),
        decline(review, "m0@example.com", role, reviewer="m3@example.com"),
        hand_over(review, "m0@example.com", "m1@example.com", role, reviewer="m3@example.com"),
        claim(None, "m0@example.com", role),
    ):
        assert decision.reply
        assert decision.reply.refusal == UNKNOWN_POSTMORTEM
    assert rule(hand_over(review, "m3@example.com", "m0@example.com")) == "not-a-reader"
