"""The last things that were met are known, and no more of them than was said."""

from __future__ import annotations

from shared.lately import Lately


def test_what_was_met_is_known_until_too_much_else_was_met() -> None:
    lately: Lately[str] = Lately(2)
    for thing in "abc":
        lately.meet(thing)
    assert [thing in lately for thing in "abc"] == [False, True, True]


def test_what_is_met_again_is_the_last_one_once_more() -> None:
    lately: Lately[str] = Lately(2)
    for thing in "abac":
        lately.meet(thing)
    assert [thing in lately for thing in "abc"] == [True, False, True]
