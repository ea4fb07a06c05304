"""What was counted before is counted once: what is asked for next, and when all is counted anew."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from services.review.domain import Tally
from services.review.domain.tally import KEPT, SETTLED

SINCE, FIRST, NEXT = date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 2)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = {SINCE: {"a@example.com": 2, "b@example.com": 1}, NEXT: {"a@example.com": 1}}


def a_tally() -> Tally:
    tally = Tally()
    assert tally.wants(SINCE, NOW) == (FIRST, NOW - SETTLED)
    tally.add(DAYS, NOW - SETTLED)
    return tally


def test_it_is_counted_from_the_first_day_to_what_is_settled() -> None:
    assert a_tally().asked == {"a@example.com": 3, "b@example.com": 1}


def test_nothing_is_counted_again_until_more_is_settled() -> None:
    tally = a_tally()
    assert tally.wants(SINCE, NOW + SETTLED) is None
    later = NOW + SETTLED + timedelta(seconds=1)
    assert tally.wants(SINCE, later) == (NOW - SETTLED, later - SETTLED)
    tally.add({NOW.date(): {"c@example.com": 1}}, later - SETTLED)
    assert tally.asked == {"a@example.com": 3, "b@example.com": 1, "c@example.com": 1}


def test_days_that_have_passed_count_no_more() -> None:
    tally = a_tally()
    assert tally.wants(NEXT, NOW) is None
    assert tally.asked == {"a@example.com": 1}
    assert list(tally.days) == [NEXT]


def test_days_before_the_first_are_counted_with_all_others_anew() -> None:
    tally = a_tally()
    assert tally.wants(SINCE - timedelta(days=1), NOW) == (FIRST - timedelta(days=1), NOW - SETTLED)
    assert tally.asked == {}


def test_all_is_counted_anew_after_a_while_and_when_it_is_told_to_forget() -> None:
    tally = a_tally()
    later = NOW + KEPT + timedelta(seconds=1)
    assert tally.wants(SINCE, later) == (FIRST, later - SETTLED)
    tally.add(DAYS, later - SETTLED)
    tally.forget()
    assert tally.wants(SINCE, later) == (FIRST, later - SETTLED)
