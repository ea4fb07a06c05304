"""Whom a group of the provider puts into the community: in, out, and never over what people said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review import domain
from services.review.domain import Member, Membership
from shared.contracts.base import Owner
from shared.contracts.commands import Role
from shared.contracts.community import FollowRoster, PutReviewer, ReviewerChanged
from tests.helpers.builders import NOW, an_actor

PAT = Member(name="Pat Doe", email="pat@example.com")
LEFT = PAT.model_copy(update={"active": False})
RICH = PAT.model_copy(update={"services": ("checkout",), "team": "payments"})


def token(belongs: bool = True, minutes: int = 0, name: str = "Pat Doe") -> FollowRoster:
    issued_at = NOW + timedelta(minutes=minutes)
    return FollowRoster(who=Owner(name=name, email=PAT.email), belongs=belongs, issued_at=issued_at)


def known(member: Member = PAT, version: int = 1, told_at: datetime | None = NOW, **fields: Any) -> Membership:
    given = {"origin": "policy", "by_group": True, **fields}
    return Membership(version=version, reviewer=member, told_at=told_at, **given)


def test_who_is_in_a_group_is_taken_in_and_it_is_told() -> None:
    decision = domain.follow_roster(None, token())
    assert decision.state == known()
    assert decision.events == (ReviewerChanged(version=1, origin="policy", by_group=True, reviewer=PAT),)


def test_who_is_no_longer_in_it_leaves_and_comes_back_as_they_were() -> None:
    left = domain.follow_roster(known(RICH), token(False, 1)).state
    assert left == known(RICH.model_copy(update={"active": False}), 2, NOW + timedelta(minutes=1))
    assert domain.follow_roster(left, token(True, 2)).state == known(RICH, 3, NOW + timedelta(minutes=2))


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (None, token(False)),
        (known(), token(True, 5)),
        (known(), token(True, 5, "Pat Married")),
        (known(LEFT), token(False, 5)),
        (known(), token(False, -1)),
        (known(LEFT), token(True, -1)),
        (known(origin="api", by_group=False), token(False, 5)),
        (known(LEFT, origin="api", by_group=False), token(True, 5)),
        (known(by_group=False), token(False, 5)),
    ],
    ids=[
        "nobody who is in no group",
        "in it already",
        "in it already, under another name",
        "gone already",
        "an older token, which lacks the group",
        "an older token, which has the group",
        "who said something is not sent away",
        "who left is not taken in",
        "whom the policy file names is not sent away",
    ],
)
def test_nothing_changes_by_a_token_for(before: Membership | None, said: FollowRoster) -> None:
    decision = domain.follow_roster(before, said)
    assert (decision.state, decision.events) == (before, ())


def test_whom_the_policy_file_no_longer_names_is_taken_in_by_a_group() -> None:
    gone = Membership(version=4, origin="policy", reviewer=LEFT)
    assert domain.follow_roster(gone, token()).state == known(PAT, 5)


def test_what_somebody_said_counts_from_then_on() -> None:
    command = PutReviewer(actor=an_actor(PAT.email, Role.REVIEWER), reviewer=RICH)
    own = domain.put_reviewer(known(), command).state
    assert own
    assert (own.origin, own.by_group, own.reviewer) == ("api", False, RICH)
    assert domain.follow_roster(own, token(False, 9)).state == own


@pytest.mark.parametrize(
    ("policy", "by_groups", "after"),
    [
        ((), True, known()),
        ((), False, Membership(version=2, origin="policy", reviewer=LEFT)),
        ((RICH,), True, Membership(version=2, origin="policy", reviewer=RICH)),
        ((PAT,), True, Membership(version=2, origin="policy", reviewer=PAT)),
    ],
    ids=["stays", "leaves when no group reviews any more", "is the policy file's", "is the policy file's unchanged"],
)
def test_whom_a_group_named_stays_until_the_policy_file_says_otherwise(
    policy: tuple[Member, ...], by_groups: bool, after: Membership
) -> None:
    state: Membership | None = known()
    for said in domain.read_policy(policy, [known()], by_groups=by_groups):
        state = domain.follow_policy(state, said).state
    assert state == after
    assert domain.read_policy(policy, [after], by_groups=by_groups) == ()


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=12))
def test_whatever_order_tokens_come_in_the_latest_that_changed_something_counts(tokens: list[tuple[bool, int]]) -> None:
    state: Membership | None = None
    for belongs, minutes in tokens:
        before = state
        state = domain.follow_roster(state, token(belongs, minutes)).state
        if state != before and before:
            assert state
            assert state.told_at
            assert before.told_at
            assert state.told_at >= before.told_at
            assert state.version == before.version + 1
    if state and tokens:
        newest = max(minutes for _, minutes in tokens)
        final = domain.follow_roster(state, token(True, newest)).state
        assert final
        assert final.reviewer.active
