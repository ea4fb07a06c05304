"""When a ratio fell, and what is told of it."""

from __future__ import annotations

import pytest

from tests.bench.check import main, words_of
from tests.bench.comparing import Change, better, compared


@pytest.mark.parametrize(
    ("then", "now", "fell"),
    [
        (1.0, 0.86, False),
        (1.0, 0.84, True),
        (1.0, 1.2, False),
        (47.6, 40.0, True),
        (None, 0.1, False),
        (1, None, False),
    ],
)
def test_what_is_more_than_fifteen_percent_less_fell(then: float | None, now: float | None, fell: bool) -> None:
    assert Change("handling", "new", then, now).fell is fell


def test_each_ratio_is_told_with_what_it_was_and_what_it_is() -> None:
    changes = compared("mail", {"lists": 40.0, "gone": 2.0}, {"lists": 30.0, "added": 1.5})

    assert [change.told() for change in changes] == [
        "mail: lists: 40.00 before, 30.00 now (-25 %)",
        "mail: added: new, 1.50",
        "mail: gone: missing, 2.00 before",
    ]
    assert [change.missing for change in changes] == [False, False, True]


def test_what_fell_in_one_of_two_runs_did_not_fall() -> None:
    now = better({"new": 0.7, "known": 0.9}, {"new": 0.95, "known": 0.8, "other": 1.0})

    assert now == {"new": 0.95, "known": 0.9, "other": 1.0}


def test_rounds_are_told_to_benches_that_have_them() -> None:
    assert words_of("calendar", "3")[1:] == ["-m", "tests.bench.calendar", "--events", "100", "--rounds", "3"]
    assert words_of("replay", "3")[1:] == ["-m", "tests.bench.replay", "50000", "--rebuilds", "1"]
    assert words_of("library", "3")[-2:] == ["--rounds", "60"]


def test_a_bench_that_fails_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no_such_bench"]) == 1
    assert "failed: no_such_bench ended with 1; see " in capsys.readouterr().out
