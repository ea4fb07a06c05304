"""Who puts themselves on a list: whose word counts, what undoes it, and what it does to the audience."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution import domain
from services.distribution.domain import Circle, MailingList, Subscriber, Subscription, audience
from shared.contracts.base import Severity
from shared.contracts.commands import Role
from shared.contracts.decision import Decision, Reply
from shared.contracts.lists import ChangeSubscription, subscription_id, subscription_ids
from shared.contracts.subscribing import ChangeOptIn
from tests.helpers.builders import NOW, an_actor
from tests.unit.distribution.fakes import approved
from tests.unit.distribution.test_subscription import shown

ME = Subscriber(list="l", email="a@example.com")
IN = Subscription(unsubscribed=False, since=NOW, subscriber=ME)
OUT, PUT_BACK = Subscription(unsubscribed=True, since=NOW), Subscription(unsubscribed=False, since=NOW)
LATER = NOW + timedelta(days=1)


def opt(
    before: Subscription | None,
    opted_in: bool = True,
    is_open: bool | None = True,
    who: str = "a@example.com",
    role: Role = Role.ENGINEER,
) -> Decision[Subscription | None]:
    command = ChangeOptIn(actor=an_actor(who, role), list_name="l", email="A@example.com", opted_in=opted_in)
    return domain.change_opt_in(before, command, is_open, LATER)


def refused(decision: Decision[Subscription | None]) -> str | None:
    assert decision.reply
    return decision.reply.refusal.rule if decision.reply.refusal else None


@pytest.mark.parametrize("before", [None, OUT, PUT_BACK])
def test_whoever_subscribes_is_on_the_list_also_when_they_had_left_it(before: Subscription | None) -> None:
    decision = opt(before)
    assert decision.state == Subscription(unsubscribed=False, since=LATER, subscriber=ME)
    assert decision.reply == Reply(data=shown(unsubscribed=False, since=None, subscribed=LATER.isoformat()))


def test_subscribing_again_changes_nothing_not_even_the_time() -> None:
    assert opt(IN).state is IN


@pytest.mark.parametrize(("before", "after"), [(None, None), (OUT, OUT), (PUT_BACK, PUT_BACK)])
def test_what_was_never_subscribed_is_not_taken_back(before: Subscription | None, after: Subscription | None) -> None:
    decision = opt(before, opted_in=False, is_open=None)
    assert (refused(decision), decision.state) == (None, after)


def test_whoever_takes_it_back_is_forgotten_but_has_not_unsubscribed() -> None:
    assert opt(IN, opted_in=False, is_open=None).state == Subscription(unsubscribed=False, since=LATER)


def test_unsubscribing_undoes_it_and_keeps_no_address() -> None:
    gone = Subscription(unsubscribed=True, since=LATER)
    assert domain.unsubscribe(IN, LATER).state == gone
    command = ChangeSubscription(actor=an_actor("a@example.com"), list_name="l", email=ME.email, subscribed=False)
    assert domain.change_subscription(IN, command, LATER).state == gone
    assert "example.com" not in gone.model_dump_json()
    back = domain.change_subscription(IN, command.model_copy(update={"subscribed": True}), LATER)
    assert back.state is IN


@pytest.mark.parametrize(("role", "own", "is_open"), [*product(Role, (True, False), (True, False, None))])
def test_people_put_themselves_on_open_lists_and_an_admin_anybody_on_any(
    role: Role, own: bool, is_open: bool | None
) -> None:
    expected: str | None
    decision = opt(None, is_open=is_open, who="a@example.com" if own else "b@example.com", role=role)
    if not own and role is not Role.ADMIN:
        expected = "own-subscription-or-admin"
    elif is_open is None:
        expected = "unknown-list"
    else:
        expected = None if is_open or role is Role.ADMIN else "closed-list"
    assert refused(decision) == expected
    assert (decision.state is None) is (expected is not None)


@pytest.mark.parametrize("role", Role)
def test_nobody_takes_back_for_another_but_an_admin(role: Role) -> None:
    decision = opt(IN, opted_in=False, who="b@example.com", role=role)
    assert refused(decision) == (None if role is Role.ADMIN else "own-subscription-or-admin")


def test_what_was_stored_before_people_could_subscribe_still_loads() -> None:
    assert Subscription.model_validate({"unsubscribed": True, "since": NOW.isoformat()}) == OUT


def test_subscribers_of_a_list_get_what_it_takes_and_what_a_list_around_it_takes() -> None:
    lists = [
        MailingList(name="l", severities=frozenset({Severity.SEV5})),
        MailingList(name="around", includes=("l",)),
        MailingList(name="other"),
    ]
    people = [ME, Subscriber(list="other", email="a@example.com"), Subscriber(list="gone", email="b@example.com")]
    found = [each for each in audience(lists, approved(), Circle(), subscribers=people) if "involved" not in each.list]
    assert [(each.email, each.list) for each in found] == [("a@example.com", "around")]


def test_a_restricted_report_goes_to_nobody_for_having_subscribed() -> None:
    circle = Circle(restricted=True, readers=frozenset({"r@example.com"}))
    found = audience([MailingList(name="l")], approved(), circle, subscribers=[ME])
    assert {each.email for each in found} == {"r@example.com"}


@given(st.text(max_size=20), st.lists(st.emails(), max_size=5))
def test_ids_made_together_are_those_made_one_by_one(name: str, emails: list[str]) -> None:
    assert subscription_ids(name, emails) == [subscription_id(name, email) for email in emails]
