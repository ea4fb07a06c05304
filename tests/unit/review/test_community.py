"""The community: who may change an entry, what the policy file still says, who can be asked."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review import domain
from services.review.domain import Member, Membership
from shared.contracts.commands import Role
from shared.contracts.community import PutReviewer, ReviewerChanged, reviewer_id
from shared.contracts.decision import Decision
from shared.contracts.values import Origin
from tests.helpers.builders import NOW, an_actor

DINA = Member(name="Dina", email="dina@example.com", services=("checkout",))
OTHER = DINA.model_copy(update={"note": "Knows the payment providers."})
LEFT = DINA.model_copy(update={"active": False})


def known(member: Member = DINA, version: int = 3, origin: Origin = "policy") -> Membership:
    return Membership(version=version, origin=origin, reviewer=member)


def put(
    before: Membership | None,
    member: Member = OTHER,
    base: int | None = None,
    who: str = DINA.email,
    role: Role = Role.REVIEWER,
) -> Decision[Membership | None]:
    command = PutReviewer(actor=an_actor(who, role), reviewer=member, base_version=base)
    return domain.put_reviewer(before, command)


def rule(decision: Decision[Membership | None]) -> str | None:
    return decision.reply.refusal.rule if decision.reply and decision.reply.refusal else None


@pytest.mark.parametrize(("role", "own"), [*product(Role, (True, False))])
def test_people_change_their_own_entry_and_an_admin_anybody_s(role: Role, own: bool) -> None:
    decision = put(known(), who=DINA.email if own else "other@example.com", role=role)
    allowed = own or role is Role.ADMIN
    assert rule(decision) == (None if allowed else "own-entry-or-admin")
    assert bool(decision.events) is allowed


@pytest.mark.parametrize(
    ("version", "base", "refused"),
    [(0, None, False), (0, 0, False), (0, 1, True), (3, None, False), (3, 3, False), (3, 0, True), (3, 2, True)],
)
def test_a_change_is_for_the_version_that_its_caller_saw(version: int, base: int | None, refused: bool) -> None:
    before = known(version=version) if version else None
    decision = put(before, base=base)
    assert rule(decision) == ("stale-version" if refused else None)
    if refused:
        assert (decision.state, decision.events) == (before, ())
        return
    assert decision.state == known(OTHER, version + 1, "api")
    assert decision.events == (ReviewerChanged(version=version + 1, origin="api", reviewer=OTHER),)
    assert decision.reply
    assert decision.reply.data == {"version": version + 1, "created": version == 0}


def test_the_same_again_is_no_news_but_makes_the_policy_s_word_one_s_own() -> None:
    assert put(known(OTHER, origin="api")).events == ()
    decision = put(known(OTHER, origin="policy"))
    assert decision.state == known(OTHER, 4, "api")


@pytest.mark.parametrize(
    ("before", "policy", "after"),
    [
        (None, (DINA,), known(DINA, 1)),
        (known(), (DINA,), known()),
        (known(), (OTHER,), known(OTHER, 4)),
        (known(), (), known(LEFT, 4)),
        (known(LEFT), (), known(LEFT)),
        (known(LEFT), (DINA,), known(DINA, 4)),
        (known(origin="api"), (OTHER,), known(origin="api")),
        (known(origin="api"), (), known(origin="api")),
        (None, (), None),
        (None, (OTHER, DINA), known(DINA, 1)),
    ],
)
def test_the_policy_s_word_counts_until_somebody_says_otherwise(
    before: Membership | None, policy: tuple[Member, ...], after: Membership | None
) -> None:
    state = before
    for said in domain.read_policy(policy, [before] if before else []):
        decision = domain.follow_policy(state, said)
        assert decision.state
        assert decision.events == (ReviewerChanged(**dict(decision.state)),)
        state = decision.state
    assert state == after
    assert domain.read_policy(policy, [state] if state else []) == ()


def test_whom_somebody_changed_since_the_policy_was_read_is_left_alone() -> None:
    (said,) = domain.read_policy((OTHER,), [known()])
    changed = known(LEFT, 4, "api")
    assert domain.follow_policy(changed, said) == Decision(state=changed)


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({}, True),
        ({"active": False}, False),
        ({"away_until": NOW + timedelta(seconds=1)}, False),
        ({"away_until": NOW}, True),
        ({"away_until": NOW - timedelta(days=1)}, True),
        ({"active": False, "away_until": NOW - timedelta(days=1)}, False),
    ],
)
def test_neither_who_has_left_nor_who_is_away_can_be_asked(fields: dict[str, object], asked: bool) -> None:
    member = DINA.model_copy(update=fields)
    assert domain.available([known(member)], NOW) == ((member,) if asked else ())


@given(st.lists(st.tuples(st.sampled_from([DINA, OTHER, LEFT]), st.sampled_from([None, 0, 1, 2, 3])), max_size=8))
def test_versions_count_up_by_one_and_each_change_is_said(puts: list[tuple[Member, int | None]]) -> None:
    state: Membership | None = None
    said = []
    for member, base in puts:
        decision = put(state, member, base)
        said += [event.version for event in decision.events if isinstance(event, ReviewerChanged)]
        state = decision.state
    assert said == list(range(1, (state.version if state else 0) + 1))


def test_a_member_has_one_id_however_the_address_is_written() -> None:
    raw = PutReviewer.model_validate(
        {"actor": an_actor().model_dump(), "reviewer": {"name": "D", "email": " Dina@Example.COM "}}
    )
    assert raw.subject == reviewer_id(DINA.email)
