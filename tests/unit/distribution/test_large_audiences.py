"""Audiences of many thousands: their rows are given the time that they take, and nobody is asked for twice in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.distribution import domain
from services.distribution.domain import Counts, FrozenAudience, Publication
from services.distribution.domain.completion import ROWS_A_SECOND
from services.distribution.domain.publication import FIRST_CHECK
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import published

LARGE = 50_000
LONG = timedelta(seconds=LARGE // ROWS_A_SECOND)


def of(total: int) -> Publication:
    edition = published().edition
    assert edition
    return Publication(edition=edition.model_copy(update={"audience": FrozenAudience(id="a", total=total)}))


@pytest.mark.parametrize(
    ("total", "rows", "after", "asks"),
    [
        (LARGE, LARGE - 1, LONG - timedelta(seconds=1), False),
        (LARGE, LARGE - 1, LONG, True),
        (LARGE, LARGE, LONG, False),
        (6, 5, FIRST_CHECK, True),
        (6, 6, FIRST_CHECK, False),
    ],
)
def test_rows_that_are_missing_are_asked_for_again_when_they_should_be_there(
    total: int, rows: int, after: timedelta, *, asks: bool
) -> None:
    decision = domain.complete(of(total), PM, Counts(waiting=rows), NOW + after)
    assert bool(decision.events) is asks
    assert decision.due
    assert not decision.state.completed


def test_it_is_over_when_as_many_are_through_as_there_are() -> None:
    assert domain.complete(of(LARGE), PM, Counts(accepted=LARGE), NOW + FIRST_CHECK).state.completed
    assert not domain.complete(of(LARGE), PM, Counts(accepted=LARGE - 1), NOW + FIRST_CHECK).state.completed
