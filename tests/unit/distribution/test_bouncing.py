"""The rules of what comes back: what is counted, what is forgotten, and when no more mail goes to an address."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution.domain import MailingList
from services.distribution.domain.bouncing import (
    Bounce,
    BounceHeard,
    BounceMailbox,
    BounceTerms,
    Standing,
    hear_bounce,
    lift,
    parse_mailbox,
    who_is_told,
)
from shared.contracts.base import Owner
from shared.contracts.bounces import AddressReleased, AddressSuppressed, BounceKind, LiftSuppression
from shared.contracts.commands import Role
from shared.contracts.decision import Decision
from tests.helpers.builders import NOW, an_actor

TERMS = BounceTerms()
DAY = timedelta(days=1)
EMAIL = "a@example.com"
STATUS = {BounceKind.HARD: "5.1.1", BounceKind.SOFT: "4.4.7", BounceKind.REFUSED: "5.7.1"}
LIFT = LiftSuppression(actor=an_actor("admin@example.com", Role.ADMIN), email=EMAIL)


def heard(
    delivery: str, kind: BounceKind = BounceKind.HARD, at: datetime = NOW, arrived_at: datetime | None = None
) -> BounceHeard:
    bounce = Bounce(delivery=delivery, kind=kind, status=STATUS[kind], reply="no such user", at=at)
    return BounceHeard(email=EMAIL, list="everyone", bounce=bounce, arrived_at=arrived_at)


def after(*bounces: BounceHeard, terms: BounceTerms = TERMS) -> tuple[Standing, list[Any]]:
    """Return how the address stands after all of these, and what was said."""
    state, said = None, list[Any]()
    for each in bounces:
        decision: Decision[Standing] = hear_bounce(state, each, terms, each.bounce.at)
        state = decision.state
        said += decision.events
    assert state
    return state, said


def test_one_hard_bounce_is_remembered_and_the_second_ends_the_mail() -> None:
    once, nothing = after(heard("1"))
    twice, (event,) = after(heard("1"), heard("2", at=NOW + DAY))
    assert once.suppression is None
    assert nothing == []
    assert twice.suppression
    assert (twice.suppression.delivery, twice.suppression.since) == ("2", NOW + DAY)
    assert event == AddressSuppressed(
        email=EMAIL,
        kind=BounceKind.HARD,
        status="5.1.1",
        reply="no such user",
        bounces=2,
        list="everyone",
        at=NOW + DAY,
    )


def test_the_same_delivery_counts_once_however_often_it_comes_back() -> None:
    state, said = after(*[heard("1", at=NOW + n * DAY) for n in range(5)])
    assert (len(state.bounces), state.suppression, said) == (1, None, [])


def test_what_comes_back_after_the_end_is_remembered_and_said_no_more() -> None:
    state, said = after(heard("1"), heard("2"), heard("3"))
    assert state.suppression
    assert (state.suppression.bounces, len(state.bounces), len(said)) == (2, 3, 1)


def test_what_came_back_long_ago_is_forgotten() -> None:
    state, said = after(heard("1"), heard("2", at=NOW + 31 * DAY))
    assert (state.suppression, said) == (None, [])


def test_a_mail_that_arrived_in_between_forgives_what_came_back_before() -> None:
    later = heard("2", at=NOW + 10 * DAY, arrived_at=NOW + DAY)
    assert after(heard("1"), later)[0].suppression is None
    before = heard("2", at=NOW + 10 * DAY, arrived_at=NOW - DAY)
    assert after(heard("1"), before)[0].suppression
    again = heard("3", at=NOW + 11 * DAY, arrived_at=NOW + DAY)
    assert after(heard("1"), later, again)[0].suppression


def test_soft_bounces_take_more_of_them_and_are_not_added_to_hard_ones() -> None:
    soft = [heard(f"s{n}", BounceKind.SOFT, NOW + n * DAY) for n in range(10)]
    assert after(*soft[:9], heard("h", at=NOW + 9 * DAY))[0].suppression is None
    state, _ = after(*soft)
    assert state.suppression
    assert (state.suppression.kind, state.suppression.bounces) == (BounceKind.SOFT, 10)


def test_a_mail_that_is_refused_for_what_it_is_says_nothing_of_the_address() -> None:
    state, said = after(*[heard(str(n), BounceKind.REFUSED) for n in range(60)])
    assert (state.suppression, said) == (None, [])
    assert len(state.bounces) == 50


@pytest.mark.parametrize("kind", [BounceKind.HARD, BounceKind.SOFT])
def test_zero_is_never(kind: BounceKind) -> None:
    terms = BounceTerms(hard=0, soft=0)
    assert after(*[heard(str(n), kind) for n in range(30)], terms=terms)[0].suppression is None


def test_an_admin_lifts_it_and_it_takes_as_many_again() -> None:
    state, _ = after(heard("1"), heard("2"))
    decision = lift(state, LIFT, NOW + DAY)
    assert decision.events == (AddressReleased(email=EMAIL, by="admin@example.com", at=NOW + DAY),)
    assert decision.state
    assert decision.state.suppression is None
    once = hear_bounce(decision.state, heard("3", at=NOW + 2 * DAY), TERMS, NOW + 2 * DAY).state
    assert once.suppression is None
    assert hear_bounce(once, heard("4", at=NOW + 3 * DAY), TERMS, NOW + 3 * DAY).state.suppression


def test_only_admins_lift_and_only_what_is_suppressed() -> None:
    state, _ = after(heard("1"), heard("2"))
    engineer = LiftSuppression(actor=an_actor(EMAIL, Role.ENGINEER), email=EMAIL)
    refusals = [lift(state, engineer, NOW), lift(None, LIFT, NOW), lift(after(heard("1"))[0], LIFT, NOW)]
    rules = [each.reply.refusal.rule for each in refusals if each.reply and each.reply.refusal]
    assert rules == ["admins-only", "unknown-suppression", "unknown-suppression"]


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.sampled_from(list(BounceKind)), st.integers(0, 90)), min_size=1, max_size=30
    )
)
def test_mail_ends_exactly_when_so_many_of_a_kind_came_back_within_the_days(
    told: list[tuple[int, BounceKind, int]],
) -> None:
    told = sorted(told, key=lambda each: each[2])
    state, said = after(*[heard(str(id), kind, NOW + day * DAY) for id, kind, day in told])
    first: dict[int, tuple[BounceKind, int]] = {}
    for id, kind, day in told:
        first.setdefault(id, (kind, day))
    hard = sorted(day for kind, day in first.values() if kind is BounceKind.HARD)
    is_enough = any(after - before < 30 for before, after in pairwise(hard))
    assert bool(state.suppression) is is_enough
    assert len(said) == is_enough
    assert len(state.bounces) == len(first)


def test_the_owner_of_the_list_is_told_else_the_admins_and_never_the_address_itself() -> None:
    lists = [MailingList(name="everyone", owner="boss@example.com"), MailingList(name="own", owner=EMAIL)]
    admins = [Owner(name="Ada", email="ada@example.com"), Owner(name="A", email=EMAIL)]
    assert who_is_told(EMAIL, "everyone", lists, admins) == (Owner(name="boss@example.com", email="boss@example.com"),)
    for name in ("own", "involved", "", "gone"):
        assert who_is_told(EMAIL, name, lists, admins) == (admins[0],)
    assert who_is_told(EMAIL, "", lists, ()) == ()


@pytest.mark.parametrize(
    ("url", "mailbox"),
    [
        ("imaps://me:pw@mail.example.com", {"port": 993}),
        (
            "imaps://me:pw@mail.example.com:9993/Bounces/In?move=Done",
            {"port": 9993, "folder": "Bounces/In", "move": "Done"},
        ),
        ("imap://me:pw@mail.example.com", {"port": 143, "tls": "required"}),
        ("imap://me:pw@mail.example.com:1143?starttls=off", {"port": 1143, "tls": "off"}),
        ("imaps://me%40x:p%2Fw@mail.example.com", {"port": 993, "username": "me@x", "password": "p/w"}),
    ],
)
def test_a_mailbox_is_read_from_one_url(url: str, mailbox: dict[str, Any]) -> None:
    given = {"host": "mail.example.com", "username": "me", "password": "pw"} | mailbox
    assert parse_mailbox(url) == BounceMailbox(**given)


@pytest.mark.parametrize(
    "url",
    [
        "pop3://me:pw@mail.example.com",
        "imaps://mail.example.com",
        "imaps://me@mail.example.com",
        "imaps://me:pw@",
        "imap://me:pw@mail.example.com?starttls=maybe",
        "imaps://me:p/w@mail.example.com:993",
        "",
    ],
)
def test_what_is_no_mailbox_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="must be imaps") as refused:
        parse_mailbox(url)
    assert "p/w" not in str(refused.value)
