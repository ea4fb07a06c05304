"""Reviewers and lists as people read them: the same, whatever order the facts come in."""

from __future__ import annotations

from contextlib import suppress
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain import directory
from services.gateway.domain.directory import KnownList, KnownReviewer
from services.gateway.handlers import HANDLERS
from services.gateway.handlers.projection import FACTS
from shared.contracts.community import Member, ReviewerChanged
from shared.contracts.lists import DistributionList, ListChanged
from shared.messaging.documents import AlreadyHandled
from shared.messaging.topology import HEARS
from shared.testing import received
from tests.helpers.front_door import Door, is_problem


def reviewer(version: int) -> ReviewerChanged:
    member = Member(name=f"Dina {version}", email="dina@example.com", active=version % 3 != 0)
    return ReviewerChanged(version=version, origin="api", reviewer=member)


def a_list(version: int) -> ListChanged:
    members = tuple(f"m{n}@example.com" for n in range(version))
    fields = DistributionList(name="payments", title=f"Payments {version}", members=members)
    return ListChanged(version=version, origin="api", deleted=version % 3 == 0, list=fields)


VERSIONS = st.lists(st.integers(1, 12), min_size=1).flatmap(lambda v: st.tuples(st.just(v), st.permutations(v)))


@given(VERSIONS)
def test_in_whatever_order_and_however_often_it_is_heard_the_newest_version_stands(
    orders: tuple[list[int], list[int]],
) -> None:
    for order in orders:
        known = reduce(lambda known, n: directory.hear_reviewer(known, reviewer(n)), order, None)
        listed = reduce(lambda known, n: directory.hear_list(known, a_list(n)), order, None)
        assert known == KnownReviewer(**dict(reviewer(max(order))))
        assert listed == KnownList(**dict(a_list(max(order))))


def test_an_overview_counts_the_members_of_a_list() -> None:
    shown = directory.summary(directory.hear_list(None, a_list(4)))
    assert (shown.name, shown.title, shown.members, shown.deleted) == ("payments", "Payments 4", 4, False)


def test_every_version_and_every_content_has_a_tag_of_its_own() -> None:
    heard = [directory.hear_reviewer(None, reviewer(n)) for n in (1, 2)]
    other = heard[0].model_copy(update={"origin": "policy"})
    assert len({directory.etag(each) for each in (*heard, other)}) == 3


def test_every_fact_that_the_gateway_hears_has_a_handler() -> None:
    assert set(HANDLERS) >= set(HEARS["gateway"])
    assert set(FACTS) == set(HEARS["gateway"]) - {ReviewerChanged.name, ListChanged.name}


@pytest.mark.parametrize("fact", [reviewer(1), a_list(1)])
async def test_a_fact_about_no_postmortem_is_told_to_nobody_who_watches(fact: ReviewerChanged | ListChanged) -> None:
    door = Door()
    for _again in range(2):
        with suppress(AlreadyHandled):
            await HANDLERS[fact.name](received(fact), door.deps)
    assert (door.feed.items, door.views, door.history.kept) == ([], {}, {})
    answer = await door.send("GET", f"/v1/events?name={fact.name}")
    assert is_problem(answer, 422, "invalid-field", "name.0")
