"""What an answer means: yes, later, no, goodbye."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.hooks.outcome import LONGEST_PAUSE, Outcome, outcome, pause
from tests.helpers.builders import NOW


@pytest.mark.parametrize(
    ("status", "meant"),
    [(status, Outcome.ACCEPTED) for status in (200, 201, 202, 204, 299)]
    + [(status, Outcome.LATER) for status in (408, 425, 429, 500, 501, 502, 503, 504, 599)]
    + [(status, Outcome.REFUSED) for status in (300, 301, 302, 307, 308, 400, 401, 403, 404, 405, 413, 422, 451)]
    + [(410, Outcome.GONE)],
)
def test_every_status_has_its_meaning(status: int, meant: Outcome) -> None:
    assert outcome(status) is meant


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("", 0),
        ("0", 0),
        (" 120 ", 120),
        ("-5", 0),
        ("1.5", 0),
        ("99999999999999999999", 3600),
        ("Mon, 02 Mar 2026 12:02:00 GMT", 120),
        ("Mon, 02 Mar 2026 12:02:00 -0000", 120),
        ("Mon, 02 Mar 2020 12:02:00 GMT", 0),
        ("Mon, 02 Mar 2099 12:02:00 GMT", 3600),
        ("soon", 0),
        ("Mon, 99 Mar 2026 12:02:00 GMT", 0),
    ],
)
def test_a_pause_is_kept_as_far_as_anything_waits(told: str, seconds: int) -> None:
    assert pause(told, NOW) == timedelta(seconds=seconds)


@given(st.text() | st.integers().map(str))
def test_whatever_is_told_a_pause_is_neither_negative_nor_too_long(told: str) -> None:
    assert timedelta() <= pause(told, NOW) <= LONGEST_PAUSE
