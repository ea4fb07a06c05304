"""What becomes of one mail after each attempt."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution.domain import Counts, Outcome, Result, State, backoff, settle
from services.distribution.domain.delivery import MAX_ATTEMPTS
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import a_row

ATTEMPTS = st.integers(1, 100)
JITTER = st.floats(0.8, 1.2)
LATER = NOW + timedelta(hours=1)
LAST = MAX_ATTEMPTS


@pytest.mark.parametrize(
    ("outcome", "attempts", "state", "kept", "wait"),
    [
        (Outcome.ACCEPTED, 1, State.ACCEPTED, 1, None),
        (Outcome.ACCEPTED, LAST + 5, State.ACCEPTED, LAST + 5, None),
        (Outcome.FAILED, 1, State.FAILED, 1, None),
        (Outcome.RETRY, 1, State.PENDING, 1, 1),
        (Outcome.RETRY, 2, State.PENDING, 2, 2),
        (Outcome.RETRY, LAST - 1, State.PENDING, LAST - 1, 240),
        (Outcome.RETRY, LAST, State.FAILED, LAST, None),
        (Outcome.RETRY, LAST + 1, State.FAILED, LAST + 1, None),
        (Outcome.UNKNOWN, 1, State.PENDING, 1, 1),
        (Outcome.UNKNOWN, 5, State.PENDING, 5, 16),
        (Outcome.UNKNOWN, LAST, State.UNKNOWN, LAST, None),
        (Outcome.AWAY, 1, State.PENDING, 0, 0),
        (Outcome.AWAY, LAST + 1, State.PENDING, LAST, 0),
        (Outcome.STOP, 1, State.PENDING, 0, 0),
        (Outcome.STOP, LAST + 1, State.PENDING, LAST, 0),
    ],
)
def test_what_becomes_of_a_mail_follows_from_the_outcome_and_how_often_it_was_tried(
    outcome: Outcome, attempts: int, state: State, kept: int, wait: int | None
) -> None:
    before = a_row(state=State.SENDING, attempts=attempts, claim=7)
    after = settle(before, Result(outcome, "words"), 1.0, LATER)
    assert (after.state, after.attempts, after.claim) == (state, kept, 7)
    assert (after.reply, after.updated_at) == ("words", LATER)
    assert after.not_before == (NOW if wait is None else LATER + timedelta(minutes=wait))
    assert (after.id, after.message_id, after.recipient) == (before.id, before.message_id, before.recipient)


def test_the_table_knows_every_outcome() -> None:
    for outcome in Outcome:
        assert settle(a_row(state=State.SENDING, attempts=1), Result(outcome, ""), 1.0, NOW).state is not State.SENDING


@given(st.lists(st.sampled_from([Outcome.AWAY, Outcome.STOP]), max_size=60))
def test_a_relay_that_is_away_or_refuses_us_never_counts_against_the_recipient(outcomes: list[Outcome]) -> None:
    row = a_row(attempts=3)
    for outcome in outcomes:
        claimed = a_row(state=State.SENDING, attempts=row.attempts + 1)
        row = settle(claimed, Result(outcome, ""), 1.0, NOW)
        assert (row.state, row.attempts) == (State.PENDING, 3)


@given(st.lists(st.sampled_from([Outcome.RETRY, Outcome.UNKNOWN]), min_size=LAST, max_size=LAST), JITTER)
def test_a_mail_that_never_gets_through_ends_after_its_last_attempt_and_says_how(
    outcomes: list[Outcome], jitter: float
) -> None:
    row, now = a_row(), NOW
    for outcome in outcomes:
        assert row.state is State.PENDING
        now = max(now, row.not_before)
        row = settle(a_row(state=State.SENDING, attempts=row.attempts + 1), Result(outcome, ""), jitter, now)
    assert row.state is (State.UNKNOWN if outcomes[-1] is Outcome.UNKNOWN else State.FAILED)
    assert timedelta(days=1) < now - NOW < timedelta(days=5)


@given(ATTEMPTS, JITTER)
def test_the_wait_stays_within_its_bounds(attempts: int, jitter: float) -> None:
    wait = backoff(attempts, jitter)
    assert timedelta(minutes=1) * 0.8 <= wait <= timedelta(minutes=240) * 1.2
    assert backoff(attempts, 1.0) <= backoff(attempts + 1, 1.0)


def test_the_wait_doubles_up_to_four_hours() -> None:
    minutes = [backoff(attempts, 1.0) / timedelta(minutes=1) for attempts in range(1, 12)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]


@given(st.text(min_size=501, max_size=600))
def test_a_relay_that_talks_much_is_cut_short(words: str) -> None:
    assert settle(a_row(attempts=1), Result(Outcome.RETRY, words), 1.0, NOW).reply == words[:500]


def test_the_total_counts_every_row() -> None:
    assert Counts(accepted=1, failed=2, unknown=4, waiting=8).total == 15
