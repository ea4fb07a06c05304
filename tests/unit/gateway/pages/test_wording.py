"""Numbers and times in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.gateway.domain.pages.wording import counted, first_words, how_long, standing
from tests.helpers.builders import NOW


@pytest.mark.parametrize(("number", "words"), [(0, "no reviewers"), (1, "1 reviewer"), (2, "2 reviewers")])
def test_what_is_counted_agrees_with_its_number(number: int, words: str) -> None:
    assert counted(number, "reviewer") == words


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "1 hour"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(hours=48), "2 days"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_a_time_is_told_in_its_greatest_unit(time: timedelta, words: str) -> None:
    assert how_long(time) == words


def test_what_is_due_stands_before_or_behind_now() -> None:
    assert standing(NOW + timedelta(hours=5), NOW) == "due in 5 hours"
    assert standing(NOW - timedelta(days=3), NOW) == "3 days late"
    assert standing(NOW, NOW) == "due in less than a minute"


def test_first_words_are_plain_and_end_between_words() -> None:
    assert first_words("# One\n\nTwo **three** `four`\n") == "One Two three four"
    assert first_words("word " * 100, 12) == "word word …"
    assert first_words("x" * 100, 10) == "xxxxxxxxxx …"
    assert first_words("") == ""
    assert len(first_words("| a " * 400_000)) < 200
