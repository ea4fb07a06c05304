"""Words are found whatever their case, accents and endings are, in texts without spaces too."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.gateway.domain.query import Query, parsed, stands_in
from services.gateway.domain.words import asked_keys, composed, key_of, keys_of, sequence, spans, spans_of

QUOTES = '"\u201c\u201d\u201e\u201f\xab\xbb\uff02'
TEXTS = st.text(max_size=80)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Connections", "connection"),
        ("retried", "retrying"),
        ("CAFÉ", "cafe"),
        ("cafe\u0301", "Café"),
        ("straße", "STRASSE"),
        ("\uff50\uff4f\uff4f\uff4c", "pool"),
        ("дедлайн", "ДЕДЛАЙН"),
        ("p99", "P99"),
        ("データベース", "ベース"),
        ("数据库连接", "连接"),
        ("데이터베이스", "데이터"),
    ],
)
def test_a_word_is_found_by_another_form_of_it(written: str, asked: str) -> None:
    assert set(asked_keys(asked)) <= keys_of([written]).keys()


@pytest.mark.parametrize(("written", "asked"), [("pool", "poll"), ("データベース", "データス"), ("sev1", "sev")])
def test_another_word_is_not(written: str, asked: str) -> None:
    assert not set(asked_keys(asked)) <= keys_of([written]).keys()


def test_a_very_long_word_is_found_by_its_beginning() -> None:
    assert key_of("a" * 10_000) == key_of("a" * 41)


@given(TEXTS)
def test_every_key_of_a_text_stands_somewhere_in_it(text: str) -> None:
    text = composed(text)
    found = list(spans(text))
    assert {span.key for span in found} == keys_of([text]).keys()
    assert all(0 <= span.start < span.end <= len(text) for span in found)
    assert set(asked_keys(text)) <= keys_of([text]).keys()


@given(TEXTS, TEXTS)
def test_the_words_of_some_keys_are_those_among_all(text: str, other: str) -> None:
    keys = set(asked_keys(other)) | set(asked_keys(text[:10]))
    text = composed(text)
    assert spans_of(text, keys) == [span for span in spans(text) if span.key in keys]


SUFFIXES = (
    *("", "s", "es", "ies", "ed", "ing", "ly", "y", "er", "ization", "ational", "ation", "ator", "alism", "ality"),
    *(
        "fulness",
        "ously",
        "ousness",
        "iveness",
        "ivity",
        "ibility",
        "ability",
        "ably",
        "ency",
        "ancy",
        "logy",
        "lessly",
    ),
    *("ement", "ment", "eed", "eedly", "edly", "ingly", "ible", "able", "ic", "ical", "ative", "sses", "'s"),
)


@given(st.text("abcdefghijklmnopqrstuvwxyz", max_size=7), st.sampled_from(SUFFIXES))
@example("d", "ying")
@example("sk", "ies")
@example("poss", "ibility")
def test_a_word_is_found_in_a_text_however_its_stem_is_spelt(root: str, suffix: str) -> None:
    text = f"Then {root}{suffix}, and more."
    for key in keys_of([text]):
        assert [span for span in spans(text) if span.key == key] == spans_of(text, {key})


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        (None, Query()),
        ("", Query()),
        ("... !? - \" ''", Query()),
        ("Timed out", Query(keys=("time", "out"))),
        ("out OUT out", Query(keys=("out",))),
        ('"timed out"', Query(keys=("time", "out"), phrases=(" timed out ",))),
        ('slow "timed out', Query(keys=("slow", "time", "out"), phrases=(" timed out ",))),
        ("\u201ctimed out\u201d", Query(keys=("time", "out"), phrases=(" timed out ",))),
        ("pool -cache", Query(keys=("pool",), without=("cach",))),
        ("-connection-pool", Query(without_phrases=(" connection pool ",))),
        ('-"timed out"', Query(without_phrases=(" timed out ",))),
        ("connection-pool", Query(keys=("connect", "pool"))),
        ("title:Pool", Query(keys=("title:pool",))),
        ('title:"Pool size"', Query(keys=("title:pool", "title:size"))),
        ("-title:pool", Query(without=("title:pool",))),
        ("- pool", Query(keys=("pool",))),
        ("a\x00b", Query(keys=("a", "b"))),
        ("データベース", Query(keys=("デー", "ータ", "タベ", "ベー", "ース"))),
    ],
)
def test_whatever_is_typed_means_something(typed: str | None, means: Query) -> None:
    assert parsed(typed) == means


@given(TEXTS)
def test_a_text_is_found_by_itself_and_not_without_itself(text: str) -> None:
    text = composed("".join(" " if letter in QUOTES else letter for letter in text))
    whole = parsed(f'"{text}"')
    assert set(whole.keys) <= keys_of([text]).keys()
    assert whole.takes([text])
    without = parsed(f'-"{text}"')
    assert without.takes([text]) is (not sequence(text).strip())
    assert without.takes([])


@given(st.text(max_size=200))
def test_nothing_that_is_typed_breaks(text: str) -> None:
    query = parsed(text)
    assert query.takes(["x"]) in (True, False)
    assert query == parsed(text)


def test_a_phrase_stands_in_one_text_and_in_its_own_words() -> None:
    query = parsed('"timed out"')
    assert query.takes(["It **timed**\nout, late"])
    assert not query.takes(["timed", "out"])
    assert not query.takes(["times out"])
    assert not query.takes(["untimed out"])


LETTERS = st.text("ab_ .B-1\n", max_size=20)


@given(LETTERS, LETTERS)
def test_the_quick_way_to_a_phrase_finds_what_the_slow_one_does(text: str, phrase: str) -> None:
    words = sequence(phrase)
    if words.strip():
        assert stands_in(words, text) is (words in sequence(text))
