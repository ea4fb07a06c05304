"""The community as a whole: its figures, and that none of them tells of one person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.community import Part, parts, statistics
from services.gateway.domain.directory import KnownReviewer
from services.gateway.domain.requests import heard
from services.gateway.domain.view import View, project
from shared.contracts.base import Message
from shared.contracts.community import Level, Member, reviewer_id
from shared.contracts.events import (
    ApprovalGiven,
    ChangesRequested,
    DraftCreated,
    ReviewCommented,
    ReviewersAssigned,
    ReviewRequested,
)
from shared.contracts.values import Approval, AskedReviewer, Comment, Reviewer
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem

PATH = "/v1/reviewers/statistics"
HOUR = timedelta(hours=1)
A, B, C = (Reviewer(name=name.upper(), email=f"{name}@example.com") for name in "abc")


def members(learning: int = 0, experienced: int = 0, mentor: int = 0, **fields: Any) -> list[Member]:
    levels = [*("learning",) * learning, *("experienced",) * experienced, *("mentor",) * mentor]
    return [
        Member.model_validate({"name": f"M{n}", "email": f"m{n}@example.com", "level": level, **fields})
        for n, level in enumerate(levels)
    ]


def figures(community: list[Member], asked: list[Part] | None = None, services: tuple[str, ...] = ()) -> Any:
    return statistics(community, asked or [], services, NOW - timedelta(days=90), NOW, "UTC")


def part(by: Reviewer = A, asked: int = 10, answered: int | None = None, due: int | None = None, **fields: Any) -> Part:
    """Somebody's part: asked, answered and due so many hours ago."""
    times = {
        name: None if ago is None else NOW - ago * HOUR
        for name, ago in (("asked_at", asked), ("answered_at", answered), ("due", due))
    }
    return Part.model_validate({"by": by.email, **times, **fields})


@pytest.mark.parametrize(
    ("community", "by_level"),
    [
        (members(3, 4, 5), {"learning": 3, "experienced": 4, "mentor": 5}),
        (members(0, 4, 5), {"learning": 0, "experienced": 4, "mentor": 5}),
        (members(0, 5, 0), {"learning": 0, "experienced": 5, "mentor": 0}),
        (members(), {"learning": 0, "experienced": 0, "mentor": 0}),
        (members(2, 4, 5), None),
        (members(0, 4, 1), None),
        (members(0, 1, 0), None),
    ],
)
def test_levels_are_counted_where_no_group_is_one_or_two_people(
    community: list[Member], by_level: dict[str, int] | None
) -> None:
    assert figures(community).members.by_level == by_level
    assert figures(community).members.active == len(community)


@pytest.mark.parametrize(
    ("away", "here", "told"), [(0, 5, 0), (1, 5, None), (2, 5, None), (3, 5, 3), (5, 2, None), (5, 1, None), (5, 0, 5)]
)
def test_who_is_away_is_counted_where_neither_they_nor_the_others_are_so_few(
    away: int, here: int, told: int | None
) -> None:
    gone = members(experienced=away, away=[{"since": "2026-03-01", "until": "2026-03-02"}])
    assert figures([*gone, *members(experienced=here)]).members.away == told


def test_who_has_left_is_in_no_figure() -> None:
    left = members(
        experienced=4, active=False, services=["checkout"], away=[{"since": "2026-03-01", "until": "2026-03-02"}]
    )
    shown = figures([*left, *members(experienced=3)], services=("checkout",))
    assert (shown.members.active, shown.members.away, shown.services[0].reviewers) == (3, 0, 0)


@pytest.mark.parametrize(("count", "told"), [(0, 0), (1, None), (2, None), (3, 3), (4, 4)])
def test_a_service_that_nobody_knows_is_seen_and_one_that_one_or_two_know_tells_not_how_many(
    count: int, told: int | None
) -> None:
    knowing = members(experienced=count, services=["checkout"])
    shown = figures([*knowing, *members(experienced=5, services=["search"])], services=("search", "checkout"))
    assert [(each.service, each.reviewers) for each in shown.services] == [("checkout", told), ("search", 5)]


def test_reviews_are_counted_by_what_became_of_them() -> None:
    asked = [
        part(A, 10, answered=8, due=7),
        part(B, 10, answered=4, due=7),
        part(C, 10, answered=9, due=7),
        part(A, 10, due=5, open=True),
        part(B, 10, due=-5, open=True),
        part(C, 10, due=5, passed_on=True),
        part(C, 10),
    ]
    reviews = figures([], asked).reviews
    assert (reviews.asked, reviews.answered, reviews.open, reviews.passed_on) == (7, 3, 2, 1)
    assert reviews.median_answer_s == 2 * 3600
    assert reviews.answered_in_time == 0.5


@pytest.mark.parametrize("people", [(), (A,), (A, B)])
def test_of_reviews_by_fewer_than_three_people_nothing_is_told(people: tuple[Reviewer, ...]) -> None:
    assert figures([], [part(by, answered=1, due=0) for by in people] * 5).reviews is None


def test_of_answers_by_fewer_than_three_people_no_times_are_told() -> None:
    asked = [part(A, answered=1, due=0), part(B, answered=1, due=0), part(C, open=True)]
    reviews = figures([], asked).reviews
    assert (reviews.asked, reviews.answered) == (3, 2)
    assert (reviews.median_answer_s, reviews.answered_in_time) == (None, None)


PEOPLE = st.sampled_from([f"p{n}@example.com" for n in range(5)])
HOURS = st.integers(0, 50)


@given(
    st.lists(st.builds(lambda by, a, b: part(Reviewer(name="x", email=by), a, b), PEOPLE, HOURS, HOURS), max_size=12)
)
def test_no_address_is_in_any_answer_and_no_time_of_fewer_than_three(asked: list[Part]) -> None:
    shown = figures(members(experienced=4), asked)
    assert "@" not in shown.model_dump_json()
    assert (shown.reviews is None) is (len({each.by for each in asked}) < 3)


def assigned(*reviewers: Reviewer, hours: int = 0, **fields: Any) -> ReviewersAssigned:
    asked = tuple(AskedReviewer(**dict(reviewer), **fields) for reviewer in reviewers)
    return ReviewersAssigned(postmortem_id=PM, revision=1, reviewers=asked, assigned_at=NOW + hours * HOUR)


def changes(by: Reviewer, hours: int) -> ChangesRequested:
    return ChangesRequested(postmortem_id=PM, revision=1, reviewer=by, at=NOW + hours * HOUR)


def approval(*by: tuple[Reviewer, int]) -> ApprovalGiven:
    approvals = tuple(Approval(**dict(who), at=NOW + hours * HOUR) for who, hours in by)
    return ApprovalGiven(postmortem_id=PM, revision=1, content_hash="x", approvals=approvals)


FACTS: list[Message] = [
    assigned(A, B),
    assigned(A, B, hours=5),
    assigned(A, C, hours=6, due=NOW + 30 * HOUR),
    changes(A, 2),
    approval((A, 4), (B, 3)),
    ReviewCommented(postmortem_id=PM, revision=1, reviewer=C, comments=(Comment(text="?"),), at=NOW),
]


@given(st.permutations(FACTS))
def test_whatever_order_facts_come_in_the_earliest_of_each_person_counts(facts: list[Message]) -> None:
    known: Any = ()
    for fact in [*facts, *facts]:
        known = heard(known, fact)
    assert [(each.email, each.asked_at, each.answered_at, each.due) for each in known] == [
        (A.email, NOW, NOW + 2 * HOUR, None),
        (B.email, NOW, NOW + 3 * HOUR, None),
        (C.email, NOW + 6 * HOUR, None, NOW + 30 * HOUR),
    ]


def view_of(*facts: Message) -> View:
    view = None
    for n, fact in enumerate(facts):
        view = project(view, fact, (NOW + timedelta(minutes=n), f"e-{n}"))
    assert view
    return view


DRAFT = a_draft(DraftCreated)
REQUEST = a_draft(ReviewRequested, requested_at=NOW, requested_by="owner@example.com")


@pytest.mark.parametrize(
    ("facts", "of_a", "of_b"),
    [
        ((DRAFT, assigned(A, B)), "", ""),
        ((DRAFT, REQUEST, assigned(A, B)), "open", "open"),
        ((DRAFT, REQUEST, assigned(A, B), approval((A, 1))), "answered", "open"),
        ((DRAFT, REQUEST, assigned(A, B), assigned(B, C, hours=1)), "passed on", "open"),
        ((DRAFT, REQUEST, assigned(A, B), changes(A, 1), assigned(B, C, hours=2)), "answered", ""),
    ],
    ids=["not asked for yet", "asked", "answered", "given to somebody else", "asked for changes"],
)
def test_what_became_of_a_request_follows_from_the_facts(facts: tuple[Message, ...], of_a: str, of_b: str) -> None:
    def told(each: Part) -> str:
        words = {"answered": each.answered_at is not None, "open": each.open, "passed on": each.passed_on}
        return " ".join(word for word, is_so in words.items() if is_so)

    found = {each.by: told(each) for each in parts(view_of(*facts))}
    assert (found[A.email], found[B.email]) == (of_a, of_b)


def test_an_admin_s_verdict_is_nobody_s_request() -> None:
    assert parts(view_of(DRAFT, approval((A, 1)))) == ()


@pytest.fixture
def door() -> Door:
    door = Door(views={PM: view_of(DRAFT, REQUEST, assigned(A, B, C), approval((A, 1), (B, 2), (C, 3)))})
    door.clock.advance(timedelta(days=1))
    for n, member in enumerate(members(experienced=4, services=["checkout"])):
        door.reviewers.states[reviewer_id(member.email)] = KnownReviewer(
            version=n + 1, origin="policy", reviewer=member
        )
    return door


async def test_the_figures_are_answered_without_names(door: Door) -> None:
    answer = await door.send("GET", PATH)
    assert answer.status_code == 200
    assert answer.json() == {
        "since": "2025-12-03T12:00:00Z",
        "until": "2026-03-03T12:00:00Z",
        "members": {"active": 4, "away": 0, "by_level": {"learning": 0, "experienced": 4, "mentor": 0}},
        "reviews": {
            "asked": 3,
            "answered": 3,
            "open": 0,
            "passed_on": 0,
            "median_answer_s": 7200,
            "answered_in_time": None,
        },
        "services": [{"service": "checkout", "reviewers": 4}],
    }


async def test_one_looks_back_for_one_of_three_times(door: Door) -> None:
    assert (await door.send("GET", f"{PATH}?days=30")).json()["since"] == "2026-02-01T12:00:00Z"
    assert (await door.send("GET", f"{PATH}?days=365")).status_code == 200
    assert is_problem(await door.send("GET", f"{PATH}?days=31"), 422, "invalid-field", "days")
    door.clock.advance(timedelta(days=31))
    answer = (await door.send("GET", f"{PATH}?days=30")).json()
    assert (answer["reviews"], answer["services"]) == (None, [])


async def test_a_restricted_postmortem_is_in_the_figures_of_its_readers_alone(door: Door) -> None:
    draft = a_draft(DraftCreated, restricted=True, readers=("engineer@example.com",), access=1)
    door.views[PM] = view_of(draft, REQUEST, assigned(A, B, C))
    assert (await door.send("GET", PATH)).json()["reviews"]["asked"] == 3
    hidden = (await door.send("GET", PATH, role="admin")).json()
    assert (hidden["reviews"], hidden["services"]) == (None, [])


async def test_tools_and_strangers_see_no_figures(door: Door) -> None:
    assert is_problem(await door.send("GET", PATH, role="tool"), 403, "role-needed")
    assert is_problem(await door.send("GET", PATH, role=None), 401, "no-valid-key", "Authorization")


def test_every_level_is_in_the_figures() -> None:
    assert set(figures(members(3, 3, 3)).members.by_level) == set(Level)
