"""What the broker says when something has other settings."""

from __future__ import annotations

import pytest

from deploy.operate.checking import _difference

REFUSED = "PRECONDITION_FAILED - inequivalent arg '{}' for queue 'q' in vhost '/': received {} but current is {}"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("x-delivery-limit", "the value '20' of type 'signedint'", "the value '3' of type 'signedint'"),
            "has x-delivery-limit '3' instead of '20'",
        ),
        (("type", "'direct'", "'fanout'"), "has type 'fanout' instead of 'direct'"),
        (("x-overflow", "the value 'reject-publish' of type 'longstr'", "none"), "has x-overflow none instead of"),
    ],
)
def test_the_difference_is_told_in_few_words(words: tuple[str, str, str], told: str) -> None:
    assert told in _difference(REFUSED.format(*words))


def test_what_the_broker_words_otherwise_is_told_as_it_is() -> None:
    assert _difference("PRECONDITION_FAILED - something new") == "PRECONDITION_FAILED - something new"
