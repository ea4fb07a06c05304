"""What becomes of action items, month by month."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.followed import Followed, figures, months
from tests.helpers.builders import NOW, an_item

DAY = timedelta(days=1)
NAIVE = NOW.replace(tzinfo=None)
times = st.datetimes(NAIVE - 365 * DAY, NAIVE + 365 * DAY, timezones=st.just(UTC))


@st.composite
def items(draw: st.DrawFn) -> Followed:
    created = draw(times)
    ended = draw(st.none() | times.map(lambda at: max(at, created)))
    return Followed(created, created + draw(st.integers(0, 90)) * DAY, ended, draw(st.booleans()))


def test_an_item_counts_from_its_beginning_to_its_end() -> None:
    done = Followed.of(an_item(state="done", done_at=NOW + 40 * DAY, due=NOW + 10 * DAY))
    dropped = Followed.of(an_item(state="wont_do", reason="Gone", updated_at=NOW + DAY))
    left = Followed.of(an_item(due=NOW + 60 * DAY - timedelta(hours=1)))

    found = figures([done, dropped, left], NOW - DAY, NOW + 60 * DAY)

    assert (found.open, found.late, found.done) == (1, 1, 1)
    assert [(m.month, m.added, m.done, m.dropped, m.open, m.late) for m in found.months] == [
        ("2026-03", 3, 0, 1, 2, 1),
        ("2026-04", 0, 1, 0, 1, 0),
        ("2026-05", 0, 0, 0, 1, 1),
    ]


def test_months_have_no_gap_and_begin_and_end_with_the_time() -> None:
    found = list(months(NOW, NOW + 40 * DAY))

    assert [(b.day, e.day) for b, e in found] == [(2, 1), (1, 11)]
    assert list(months(NOW, NOW)) == []


@given(st.lists(items(), max_size=20), times, st.integers(1, 400))
def test_what_is_open_at_the_end_of_a_month_is_what_was_and_came_and_went(
    found: list[Followed], since: Any, days: int
) -> None:
    told = figures(found, since, since + days * DAY)
    before = sum(item.is_open(since) for item in found)
    added, gone = sum(m.added for m in told.months), sum(m.done + m.dropped for m in told.months)

    assert before + added - gone == told.open
    assert all(month.late <= month.open for month in told.months)
