"""Lists inside lists: whom each names in the end, beside an oracle that goes every way there is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution.domain import (
    Circle,
    MailingList,
    Subscriber,
    audience,
    first_circle,
    includes_of,
    missing,
    named_by,
)
from services.distribution.domain.nesting import circle_through
from shared.contracts.lists import INVOLVED, subscription_id
from tests.unit.distribution.fakes import approved

NAMES = tuple("pqrstu")
PEOPLE = tuple(f"{name}@example.com" for name in "abcd")
SPELLINGS = (*PEOPLE, *(email.upper() for email in PEOPLE))


def a_list(name: str, *members: str, **fields: object) -> MailingList:
    return MailingList.model_validate({"name": name, "members": members} | fields)


def spelled(name: str, members: Sequence[str], includes: Sequence[str]) -> MailingList:
    """Return a list whose addresses stay as they are written, as those that were stored once may be."""
    return MailingList.model_construct(name=name, members=tuple(members), includes=tuple(includes))


@st.composite
def families(draw: st.DrawFn, *, circles: bool) -> list[MailingList]:
    """Lists that include each other: only later ones, which makes no circle, or any."""
    lists = []
    for at, name in enumerate(NAMES):
        inner = [*NAMES, "gone"] if circles else [*NAMES[at + 1 :], "gone"]
        includes = draw(st.lists(st.sampled_from(inner), max_size=4))
        lists.append(spelled(name, draw(st.lists(st.sampled_from(SPELLINGS), max_size=3)), includes))
    return lists


PAIRS = st.frozensets(st.sampled_from(list(product(NAMES, PEOPLE))), max_size=8)


def names_at_last(
    person: str, name: str, lists: dict[str, MailingList], left: frozenset[tuple[str, str]], seen: frozenset[str]
) -> bool:
    """Say whether there is any way from a list to a person, on which they have unsubscribed from no list."""
    if name not in lists or name in seen or (name, person) in left:
        return False
    if person in {email.lower() for email in lists[name].members}:
        return True
    return any(names_at_last(person, inner, lists, left, seen | {name}) for inner in lists[name].includes)


@given(families(circles=True), PAIRS, PAIRS)
def test_a_list_names_whoever_any_way_leads_to_that_they_want(
    lists: list[MailingList], put: frozenset[tuple[str, str]], left: frozenset[tuple[str, str]]
) -> None:
    subscribers = [Subscriber(list=name, email=email) for name, email in put]
    found = named_by(lists, NAMES, subscribers, {subscription_id(*each) for each in left})
    added = {name: tuple(email for at, email in put if at == name) for name in NAMES}
    whole = {each.name: spelled(each.name, each.members + added[each.name], each.includes) for each in lists}
    for name in NAMES:
        expected = {person for person in PEOPLE if names_at_last(person, name, whole, left, frozenset())}
        assert sorted(email.lower() for email in found[name]) == sorted(expected)


@given(families(circles=True))
def test_a_circle_is_found_exactly_when_there_is_one_and_every_step_of_it_is_there(lists: list[MailingList]) -> None:
    includes = includes_of(lists)
    circle = first_circle(includes)
    reached = {name: set(includes[name]) for name in NAMES}
    for middle, start in product(NAMES, NAMES):
        if middle in reached[start]:
            reached[start] |= reached[middle]
    assert bool(circle) is any(name in reached[name] for name in NAMES)
    assert all(to in includes[at] for at, to in pairwise(circle))
    assert circle[:1] == circle[-1:]
    for name in NAMES:
        assert bool(circle_through(name, includes)) is (name in reached[name])


@given(families(circles=False))
def test_lists_that_include_only_later_ones_make_no_circle_however_often_they_meet(lists: list[MailingList]) -> None:
    assert first_circle(includes_of(lists)) == ()


@given(families(circles=False), PAIRS)
def test_a_report_reaches_everybody_of_the_lists_that_take_it_once(
    lists: list[MailingList], left: frozenset[tuple[str, str]]
) -> None:
    gone = {subscription_id(*each) for each in left}
    found = [each for each in audience(lists, approved(), Circle(), (), gone) if each.list != INVOLVED]
    expected = {email.lower() for people in named_by(lists, NAMES, (), gone).values() for email in people}
    assert sorted(each.email.lower() for each in found) == sorted(expected)


def test_a_list_that_is_included_brings_its_people_whatever_reports_it_takes_itself() -> None:
    lists = [a_list("all", includes=["payments"]), a_list("payments", "p@example.com", severities=["sev5"])]
    found = [(each.email, each.list) for each in audience(lists, approved(), Circle())]
    assert ("p@example.com", "all") in found


def test_whoever_left_an_included_list_is_not_named_by_it_but_by_the_other_that_names_them() -> None:
    lists = [a_list("all", includes=["inner"]), a_list("inner", "a@example.com"), a_list("own", "a@example.com")]
    left = {subscription_id("inner", "a@example.com")}
    assert named_by(lists, ["all", "inner", "own"], (), left) == {"all": (), "inner": (), "own": ("a@example.com",)}
    lists[0] = a_list("all", "a@example.com", includes=["inner"])
    assert named_by(lists, ["all"], (), left)["all"] == ("a@example.com",)
    left = {subscription_id("all", "a@example.com")}
    assert named_by(lists, ["all"], (), left) == {"all": (), "inner": ("a@example.com",)}


def test_members_come_before_those_of_included_lists_in_their_order() -> None:
    lists = [a_list("x", "b@example.com", includes=["z", "y"]), a_list("y", "a@example.com", "c@example.com")]
    lists.append(a_list("z", "c@example.com", "b@example.com"))
    assert named_by(lists, ["x"])["x"] == ("b@example.com", "c@example.com", "a@example.com")


def test_a_list_that_is_not_there_adds_nobody_and_is_told() -> None:
    lists = [a_list("x", "a@example.com", includes=["gone"])]
    assert named_by(lists, ["x", "never"]) == {"x": ("a@example.com",)}
    assert missing(includes_of(lists)) == (("x", "gone"),)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"mode": "list", "address": "All@example.com"}, ("all@example.com",)),
        ({"mode": "list", "address": "all@example.com", "members": ["a@example.com"]}, ("a@example.com",)),
        ({"mode": "list", "address": "all@example.com", "includes": ["empty"]}, ()),
        ({"mode": "person", "address": "all@example.com"}, ()),
    ],
)
def test_a_list_that_is_mailed_as_one_and_names_nobody_stands_for_its_address(
    fields: dict[str, object], expected: tuple[str, ...]
) -> None:
    lists = [a_list("outer", includes=["inner"]), a_list("empty"), a_list("inner", **fields)]
    assert named_by(lists, ["inner", "outer"]) | {"empty": ()} == {"inner": expected, "outer": expected, "empty": ()}


def test_who_subscribes_to_a_list_that_is_known_by_its_address_alone_is_beside_it() -> None:
    lists = [a_list("alone", mode="list", address="all@example.com")]
    put = [Subscriber(list="alone", email="a@example.com")]
    assert named_by(lists, ["alone"], put)["alone"] == ("all@example.com", "a@example.com")


def test_ten_lists_of_ten_thousand_that_all_meet_are_looked_at_once_each() -> None:
    lists = [a_list("top", includes=[f"l{n}" for n in range(10)])]
    for n in range(10):
        members = (f"m{m + n * 5_000}@example.com" for m in range(10_000))
        lists.append(a_list(f"l{n}", *members, includes=[f"l{m}" for m in range(n)]))
    found = named_by(lists, ["top"], (), {subscription_id("top", "m7@example.com")})
    assert len(found["top"]) == 55_000 - 1


def test_a_ladder_of_diamonds_takes_no_more_steps_than_it_has_lists() -> None:
    lists = [a_list("end", "a@example.com")]
    for n in range(60):
        below = ["end"] if n == 0 else [f"a{n - 1}", f"b{n - 1}"]
        lists += [a_list(f"a{n}", includes=below), a_list(f"b{n}", includes=below)]
    assert named_by(lists, ["a59"])["a59"] == ("a@example.com",)
    assert first_circle(includes_of(lists)) == ()
