"""A thousand postmortems and forty reviewers: no rule broken, everybody their share, each told why it is them.

What is right is worked out here in another way than the rules do it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.review.domain import Member
from shared.contracts.community import Level
from shared.contracts.values import AskedReviewer
from tests.unit.review.forty import PRACTICE, Asked, months

STEP = timedelta(minutes=15)
ALIKE = [f"alike{n}@example.com" for n in range(12)]


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    return list(months(seed=7))


def chosen(all_asked: list[Asked]) -> Iterator[tuple[Asked, AskedReviewer, Member]]:
    for each in all_asked:
        known = {member.email: member for member in each.pool.members}
        for reviewer in each.review.reviewers:
            yield each, reviewer, known[reviewer.email]


def plain(email: str) -> str:
    local, domain = email.lower().split("@")
    return f"{local.split('+')[0]}@{domain}"


def involved(each: Asked) -> set[str]:
    draft = each.draft
    return {plain(e) for e in (draft.owner.email, *draft.authors, *(p.email for p in draft.people if p.email))}


def is_at_work(member: Member, at: datetime) -> bool:
    """Say whether a time is in somebody's day, by a look at their clock."""
    local = at.astimezone(ZoneInfo(member.timezone or "UTC"))
    hours = member.hours or PRACTICE.awake
    days = [(a.since, a.until) for a in member.away if not isinstance(a.since, datetime)]
    times = [(a.since, a.until) for a in member.away if isinstance(a.since, datetime)]
    is_off = local.weekday() > 4 or any(since <= local.date() <= until for since, until in days)
    is_away = any(since <= at < until for since, until in times if isinstance(until, datetime))
    return not is_off and not is_away and hours.opens <= local.time() < hours.closes


def test_nobody_reviews_what_they_were_part_of_under_whatever_account(asked: list[Asked]) -> None:
    for each, _, member in chosen(asked):
        assert not {plain(member.email), *map(plain, member.aliases)} & involved(each)


def test_nobody_reviews_what_their_team_was_part_of(asked: list[Asked]) -> None:
    for each, _, member in chosen(asked):
        teams = {m.team for m in each.pool.members if {plain(m.email), *map(plain, m.aliases)} & involved(each)}
        teams |= {"blue"} if "eng0@example.com" in involved(each) else set()
        assert member.team is None or member.team not in teams


def test_who_has_left_may_not_read_it_or_is_full_is_not_asked(asked: list[Asked]) -> None:
    for each, _, member in chosen(asked):
        assert member.active
        assert not each.draft.restricted or member.email in each.draft.readers
        assert each.pool.workload[member.email].open < (member.capacity or PRACTICE.capacity)


def test_everybody_is_there_and_has_hours_of_their_day_before_it_is_due(asked: list[Asked]) -> None:
    for each, reviewer, member in chosen(asked):
        assert reviewer.due
        assert reviewer.due >= each.now + timedelta(hours=24)
        there, at = timedelta(), each.now
        while at < reviewer.due and there < PRACTICE.least:
            there += STEP if is_at_work(member, at) else timedelta()
            at += STEP
        assert there + STEP >= PRACTICE.least, (member, each.now, reviewer.due)


def test_who_is_learning_is_beside_somebody_who_is_not_and_gets_a_share(asked: list[Asked]) -> None:
    learners = Counter[str]()
    for each in asked:
        known = {member.email: member for member in each.pool.members}
        levels = [known[reviewer.email].level for reviewer in each.review.reviewers]
        assert levels.count(Level.LEARNING) <= min(1, max(0, len(levels) - 1))
        learners.update(r.email for r in each.review.reviewers if r.learning)
    able = {m.email for m in asked[0].pool.members if m.level is Level.LEARNING and m.active}
    assert set(learners) == able


def test_nobody_gets_more_than_who_could_do_it_as_well(asked: list[Asked]) -> None:
    for each in asked:
        if each.draft.restricted:
            continue
        able = {e: load for e in ALIKE if (load := each.pool.workload[e]).open < PRACTICE.capacity}
        given = [able[r.email].recent for r in each.review.reviewers if r.email in able]
        left = [load.recent for email, load in able.items() if email not in _emails(each)]
        assert not given or not left or max(given) <= min(left)


def furthest(all_asked: Iterable[Asked]) -> float:
    """Return how far anybody of those who are alike ever is from an even share of all that they were asked for."""
    total, most = Counter(dict.fromkeys(ALIKE, 0)), 0.0
    for each in all_asked:
        total.update(email for email in _emails(each) if email in total)
        even = sum(total.values()) / len(ALIKE)
        most = max(most, *(abs(count - even) for count in total.values()))
    return most


def test_the_load_of_the_equally_able_is_within_one_review_of_even_at_any_time(asked: list[Asked]) -> None:
    assert furthest(asked) <= 1


def test_nobody_is_far_from_even_either_when_reviews_of_long_ago_count_no_more() -> None:
    assert furthest(months(seed=9, count=500, apart=1_700)) < 3


def test_each_is_told_why_in_sentences_that_name_no_number_of_others(asked: list[Asked]) -> None:
    for each, reviewer, member in chosen(asked):
        assert len(reviewer.why) >= 2
        assert all(sentence.endswith(".") and "you" in sentence.lower() for sentence in reviewer.why)
        knows = {s for s in each.draft.services if s in member.services}
        assert ("You know" in " ".join(reviewer.why)) >= bool(knows)
        assert reviewer.asked_at == each.now


def test_fewer_than_wanted_are_asked_only_when_everybody_else_is_counted_with_a_reason(asked: list[Asked]) -> None:
    short = [each for each in asked if each.review.shortage]
    assert 0 < len(short) < len(asked) / 5
    for each in asked:
        wanted = PRACTICE.reviewers(each.draft.severity)
        assert (len(each.review.reviewers) < wanted) == (each.review.shortage is not None)
        if shortage := each.review.shortage:
            others = sum(member.active for member in each.pool.members) - len(each.review.reviewers)
            assert sum(shortage.reasons.model_dump().values()) == others


def _emails(each: Asked) -> set[str]:
    return {reviewer.email for reviewer in each.review.reviewers}
