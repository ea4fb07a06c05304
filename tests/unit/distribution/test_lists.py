"""The lists: who may change one, what the policy file still says, and which there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution import domain
from services.distribution.domain import INVOLVED, Listing, MailingList
from shared.contracts.commands import Role
from shared.contracts.decision import Decision
from shared.contracts.lists import DeleteList, DistributionList, ListChanged, PutList
from tests.helpers.builders import an_actor
from tests.unit.distribution.fakes import a_listing

POLICY = MailingList.model_validate(
    {"name": "payments", "members": ["a@example.com"], "severities": ["sev2", "sev1"], "services": ["b", "a"]}
)
SAID = POLICY.on_the_wire()
OTHER = DistributionList(name="payments", title="Payments", members=("b@example.com",))
FROM_POLICY = a_listing(POLICY, version=3)
FROM_API = Listing(version=3, origin="api", list=OTHER)
GONE = Listing(version=3, origin="policy", deleted=True, list=OTHER)


def put(
    before: Listing | None, wanted: DistributionList = OTHER, base: int | None = None, role: Role = Role.ADMIN
) -> Decision[Listing | None]:
    return domain.put_list(before, PutList(actor=an_actor(role=role), list=wanted, base_version=base), {})


def delete(
    before: Listing | None, *policy: MailingList, base: int | None = None, role: Role = Role.ADMIN
) -> Decision[Listing | None]:
    command = DeleteList(actor=an_actor(role=role), list_name="payments", base_version=base)
    return domain.delete_list(before, command, policy)


def rule(decision: Decision[Listing | None]) -> str | None:
    return decision.reply.refusal.rule if decision.reply and decision.reply.refusal else None


def says(decision: Decision[Listing | None]) -> Listing | None:
    """Return the new state; the fact that was said is just it."""
    assert decision.state
    assert decision.events == (ListChanged(**dict(decision.state)),)
    return decision.state


@pytest.mark.parametrize("role", Role)
def test_only_an_admin_changes_lists(role: Role) -> None:
    expected = None if role is Role.ADMIN else "admins-only"
    assert rule(put(FROM_API, SAID, role=role)) == expected
    assert rule(delete(FROM_API, role=role)) == expected


def test_nobody_takes_the_name_of_those_who_took_part() -> None:
    assert rule(put(None, DistributionList(name=INVOLVED))) == "name-taken"


@pytest.mark.parametrize(
    ("before", "base", "refused"),
    [
        (None, None, False),
        (None, 0, False),
        (None, 1, True),
        (FROM_POLICY, None, False),
        (FROM_POLICY, 3, False),
        (FROM_POLICY, 0, True),
        (FROM_POLICY, 2, True),
        (GONE, None, False),
        (GONE, 0, False),
        (GONE, 3, True),
    ],
)
def test_a_change_is_for_the_version_that_its_caller_saw(
    before: Listing | None, base: int | None, refused: bool
) -> None:
    decision = put(before, base=base)
    assert rule(decision) == ("stale-version" if refused else None)
    if refused:
        assert (decision.state, decision.events) == (before, ())
        return
    version = before.version + 1 if before else 1
    assert says(decision) == Listing(version=version, origin="api", list=OTHER)
    assert decision.reply
    assert decision.reply.data == {"version": version, "created": before in (None, GONE)}


def test_the_same_again_is_no_news_but_makes_the_policy_s_word_one_s_own() -> None:
    assert put(FROM_API).events == ()
    assert says(put(FROM_POLICY, SAID)) == Listing(version=4, origin="api", list=SAID)


@pytest.mark.parametrize(
    ("before", "policy", "base", "broken"),
    [
        (None, (), None, "unknown-list"),
        (GONE, (), None, "unknown-list"),
        (FROM_API, (), 2, "stale-version"),
        (FROM_POLICY, (POLICY,), 3, "list-of-the-policy"),
    ],
)
def test_what_cannot_be_deleted_stays(
    before: Listing | None, policy: tuple[MailingList, ...], base: int | None, broken: str
) -> None:
    decision = delete(before, *policy, base=base)
    assert (rule(decision), decision.state, decision.events) == (broken, before, ())


def test_a_deleted_list_is_gone_or_is_the_policy_s_again() -> None:
    assert says(delete(FROM_API, base=3)) == Listing(version=4, origin="policy", deleted=True, list=OTHER)
    assert says(delete(FROM_API, POLICY)) == a_listing(POLICY, version=4)


@pytest.mark.parametrize(
    ("before", "policy", "after"),
    [
        (None, (POLICY,), a_listing(POLICY)),
        (None, (), None),
        (FROM_POLICY, (POLICY,), FROM_POLICY),
        (FROM_POLICY, (), FROM_POLICY.model_copy(update={"version": 4, "deleted": True})),
        (Listing(version=3, origin="policy", list=OTHER), (POLICY,), a_listing(POLICY, version=4)),
        (FROM_API, (POLICY,), FROM_API),
        (FROM_API, (), FROM_API),
        (GONE, (), GONE),
        (GONE, (POLICY,), a_listing(POLICY, version=4)),
    ],
)
def test_the_policy_s_word_counts_until_somebody_says_otherwise(
    before: Listing | None, policy: tuple[MailingList, ...], after: Listing | None
) -> None:
    state = before
    for said in domain.read_policy(policy, [before] if before else []):
        state = says(domain.follow_policy(state, said))
    assert state == after
    assert domain.read_policy(policy, [state] if state else []) == ()


def test_what_somebody_changed_since_the_policy_was_read_is_left_alone() -> None:
    (said,) = domain.read_policy((), [FROM_POLICY])
    changed = Listing(version=4, origin="api", list=OTHER)
    assert domain.follow_policy(changed, said) == Decision(state=changed)


def test_the_lists_there_are_stand_in_the_policy_s_order_then_by_name() -> None:
    known = [a_listing(MailingList(name=name)) for name in ("b", "z", "a", "y")]
    gone = a_listing(MailingList(name="x"), deleted=True)
    found = domain.current([*known, gone], [MailingList(name="z"), MailingList(name="x"), MailingList(name="b")])
    assert [each.name for each in found] == ["z", "b", "a", "y"]


@given(
    st.lists(st.sampled_from([f"{n}@example.com" for n in "abc"]), max_size=6),
    st.frozensets(st.sampled_from(["sev1", "sev2", "sev5"])),
    st.frozensets(st.sampled_from(["x", "y"])),
)
def test_a_list_is_the_same_after_it_was_on_the_wire(
    members: list[str], severities: frozenset[str], services: frozenset[str]
) -> None:
    fields = {"name": "l", "members": members, "severities": severities, "services": services}
    before = MailingList.model_validate(fields)
    wire = DistributionList.model_validate_json(before.on_the_wire().model_dump_json())
    assert domain.current([Listing(version=1, origin="api", list=wire)], []) == (before,)
    assert list(before.members) == list(dict.fromkeys(members))
