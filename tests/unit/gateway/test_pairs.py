"""The bits of a text's pairs rule out no phrase that stands in it, and most that do not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.pairs import BITS, bits_of, pairs_of
from services.gateway.domain.query import stands_in
from services.gateway.domain.words import sequence

WORDS = st.lists(st.text(max_size=6), max_size=12)


def may_stand(phrase: str, *texts: str) -> bool:
    pairs = pairs_of(texts)
    return pairs is None or all(pairs[bit // 8] >> bit % 8 & 1 for bit in bits_of([sequence(phrase)]))


@given(WORDS, st.integers(0, 11), st.integers(0, 11), st.sampled_from([" ", ", ", "_", "\n- **"]))
def test_what_stands_in_a_text_is_never_ruled_out(words: list[str], first: int, last: int, between: str) -> None:
    text, phrase = between.join(words), between.join(words[first:last])
    assert may_stand(phrase, "before", text)


@given(st.text("ab ü.Ä", max_size=30), st.text("ab ü.Ä", max_size=6))
def test_a_phrase_that_is_found_has_its_bits(text: str, phrase: str) -> None:
    words = sequence(phrase)
    if words.strip() and stands_in(words, text):
        assert may_stand(phrase, text)


def test_a_phrase_whose_words_stand_apart_is_ruled_out() -> None:
    assert may_stand("Timed OUT", "It timed\nout.")
    assert not may_stand("timed out", "timed", "out")
    assert not may_stand("timed out", "out timed it")
    assert may_stand("timed", "out")


def test_of_a_usual_text_few_other_phrases_are_taken_for_its_own() -> None:
    text = " ".join(f"word{n}" for n in range(1000))
    passed = sum(may_stand(f"word{n} word{n + 2}", text) for n in range(900))
    assert passed < 900 // 10


def test_very_long_texts_have_no_bits() -> None:
    assert pairs_of([" ".join(f"word{n}" for n in range(BITS))]) is None
    assert pairs_of([]) == bytes(BITS // 8)
