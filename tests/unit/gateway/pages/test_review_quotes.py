"""Words that are picked on a page, found in the Markdown behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.pages.quoting import quoted

TEXT = "It took **413** orders of [the shop](https://a.example/the/shop), then 413 more.\n\n- _Lost_, or late?\n"


@pytest.mark.parametrize(
    ("picked", "found"),
    [
        ("orders of", "orders of"),
        ("took 413 orders", "took **413** orders"),
        ("of the shop, then", "of [the shop](https://a.example/the/shop), then"),
        ("413", "413"),
        ("Lost, or late?", "Lost_, or late"),
        ("more. Lost", "more.\n\n- _Lost"),
    ],
)
def test_words_are_found_whatever_marks_are_between_them(picked: str, found: str) -> None:
    quote = quoted(TEXT, picked)
    assert quote is not None
    assert quote.words == found
    assert quote.before + quote.words + quote.after in TEXT


@pytest.mark.parametrize("picked", ["", "   ", "shop orders", "a.example then", "?!", "\x00"])
def test_what_does_not_stand_there_is_not_found(picked: str) -> None:
    assert quoted("It took **413** orders.", picked) is None


def test_of_several_places_the_one_that_was_meant_is_told_by_what_stands_beside_it() -> None:
    first, second = quoted(TEXT, "413", "took "), quoted(TEXT, "413", "of the shop, then ")
    assert first is not None
    assert second is not None
    assert (first.before, second.after) == ("It took **", " more.\n\n- _Lost_, or late?\n")
    assert quoted(TEXT, "413", "nowhere") == first


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=20))
def test_what_is_found_stands_exactly_there(text: str, picked: str, before: str) -> None:
    quote = quoted(text, picked, before)
    assert quote is None or quote.before + quote.words + quote.after in text
    assert quote is not None or not picked or picked not in text
