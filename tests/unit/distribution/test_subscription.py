"""Who wants no more mail of a list: whose word counts, and what it does to the audience."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution import domain
from services.distribution.domain import INVOLVED, Circle, MailingList, Subscription, audience
from shared.contracts.commands import Role
from shared.contracts.decision import Decision
from shared.contracts.lists import ChangeSubscription, ShowSubscription, subscription_id
from tests.helpers.builders import NOW, an_actor
from tests.unit.distribution.fakes import approved

OUT, IN = Subscription(unsubscribed=True, since=NOW), Subscription(unsubscribed=False, since=NOW)
LATER = NOW + timedelta(days=1)
PEOPLE = [f"{name}@example.com" for name in ("a", "b", "owner", "rosa")]


def change(
    before: Subscription | None, subscribed: bool, who: str = "a@example.com", role: Role = Role.ENGINEER
) -> Decision[Subscription | None]:
    command = ChangeSubscription(actor=an_actor(who, role), list_name="l", email="a@example.com", subscribed=subscribed)
    return domain.change_subscription(before, command, LATER)


def shown(unsubscribed: bool, since: str | None, subscribed: str | None = None) -> dict[str, object]:
    """What is told of somebody; `subscribed` is since when they have put themselves on the list."""
    is_in = subscribed is not None
    return {"unsubscribed": unsubscribed, "since": since, "subscribed": is_in, "subscribed_since": subscribed}


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, Subscription(unsubscribed=True, since=LATER)), (IN, Subscription(unsubscribed=True, since=LATER))],
)
def test_a_link_unsubscribes(before: Subscription | None, after: Subscription) -> None:
    assert domain.unsubscribe(before, LATER).state == after


def test_the_same_link_again_changes_nothing_not_even_the_time() -> None:
    assert domain.unsubscribe(OUT, LATER).state is OUT


@pytest.mark.parametrize(
    ("before", "subscribed", "after"),
    [
        (None, True, None),
        (None, False, Subscription(unsubscribed=True, since=LATER)),
        (OUT, False, OUT),
        (OUT, True, Subscription(unsubscribed=False, since=LATER)),
        (IN, True, IN),
        (IN, False, Subscription(unsubscribed=True, since=LATER)),
    ],
)
def test_somebody_is_put_back_or_taken_out(
    before: Subscription | None, subscribed: bool, after: Subscription | None
) -> None:
    decision = change(before, subscribed)
    assert decision.state == after
    assert decision.reply
    since = after.since.isoformat() if after and after.unsubscribed else None
    assert decision.reply.data == shown(not subscribed, since)


@pytest.mark.parametrize(("role", "own"), [*product(Role, (True, False))])
def test_people_see_and_change_their_own_and_an_admin_anybody_s(role: Role, own: bool) -> None:
    who = "a@example.com" if own else "b@example.com"
    shown = domain.show_subscription(
        OUT, ShowSubscription(actor=an_actor(who, role), list_name="l", email="a@example.com")
    )
    changed = change(OUT, True, who, role)
    for decision in (shown, changed):
        assert decision.reply
        refused = decision.reply.refusal.rule if decision.reply.refusal else None
        assert refused == (None if own or role is Role.ADMIN else "own-subscription-or-admin")
    assert (changed.state == OUT) is not (own or role is Role.ADMIN)


def test_who_unsubscribed_from_one_list_gets_the_mail_once_by_another() -> None:
    lists = [MailingList(name=name, members=("a@example.com",)) for name in ("x", "y", "z")]
    gone = {subscription_id("x", "a@example.com")}
    found = [each for each in audience(lists, approved(), Circle(), (), gone) if each.email == "a@example.com"]
    assert [each.list for each in found] == ["y"]
    gone |= {subscription_id(name, "A@Example.com") for name in ("y", "z")}
    assert [each for each in audience(lists, approved(), Circle(), (), gone) if each.email == "a@example.com"] == []


@given(
    st.lists(st.lists(st.sampled_from(PEOPLE), max_size=4), max_size=3),
    st.sets(st.tuples(st.sampled_from(["l0", "l1", "l2", INVOLVED]), st.sampled_from(PEOPLE))),
)
def test_everybody_gets_it_once_whom_any_list_names_that_they_want(
    members: list[list[str]], unwanted: set[tuple[str, str]]
) -> None:
    lists = [MailingList(name=f"l{n}", members=tuple(each)) for n, each in enumerate(members)]
    report = approved()
    naming = {(each.name, email) for each in lists for email in each.members}
    naming |= {(INVOLVED, each.email) for each in audience([], report, Circle())}
    found = audience(lists, report, Circle(), (), {subscription_id(*each) for each in unwanted})
    assert {(each.list, each.email) for each in found} <= naming - unwanted
    assert sorted(each.email for each in found) == sorted({email for _, email in naming - unwanted})


def test_a_report_that_nobody_wants_is_published_and_done_all_the_same() -> None:
    report = approved()
    gone = frozenset(subscription_id(INVOLVED, each.email) for each in audience([], report, Circle()))
    known = domain.hear_approval(None, report, domain.Terms((), timedelta(0)), NOW).state
    decision = domain.publish_when_due(known.changed(meeting_ended_at=NOW), domain.Terms((), timedelta(0), gone), NOW)
    assert decision.state.edition
    assert decision.state.edition.recipients == ()
    completed = domain.complete(decision.state, report.postmortem_id, domain.Counts(), NOW)
    assert completed.state.completed
