"""Passages show where a search was found, as plain text; a word that nobody has gets a suggestion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.factors import factors
from services.gateway.domain.highlights import MOST, WIDE, Piece, excerpts, pieces, plain
from services.gateway.domain.query import parsed
from services.gateway.domain.spelling import corrected, nearest, spelt, typed, words_in
from services.gateway.domain.view import View, project
from services.gateway.domain.words import composed
from shared.contracts.events import DraftCreated, Snapshot
from shared.contracts.values import TimelineEntry
from tests.helpers.builders import NOW, SOURCE, a_draft


def a_view(**fields: object) -> tuple[View, Snapshot]:
    view = project(None, a_draft(DraftCreated, **fields), (NOW, "e-1"))
    assert view.draft
    return view, view.draft


def marked(found: tuple[Piece, ...]) -> list[str]:
    return [piece.text for piece in found if piece.marked]


def test_the_words_of_a_search_are_marked_in_all_their_forms() -> None:
    found = pieces("Connections: a CONNECTION, connected; not conn", parsed("connection").marked())
    assert marked(found) == ["Connections", "CONNECTION", "connected"]
    assert "".join(piece.text for piece in found) == "Connections: a CONNECTION, connected; not conn"


def test_pairs_that_overlap_are_marked_as_one() -> None:
    assert marked(pieces("本データベース停止", parsed("データベース").marked())) == ["データベース"]


@given(st.text(max_size=60), st.text(max_size=10))
def test_pieces_are_the_text(text: str, typed: str) -> None:
    assert "".join(piece.text for piece in pieces(text, parsed(typed).marked())) == composed(text)


def test_a_passage_names_its_section_and_is_plain() -> None:
    report = {
        "overview": "Nothing.",
        "what_happened": "- The **connection** [pool](https://x.example.com) was `full`.\n",
    }
    (found,) = excerpts(*a_view(report=report), parsed("pool").marked())
    assert (found.section, found.heading) == ("what_happened", "What happened")
    assert found.pieces == (Piece("The connection ", False), Piece("pool", True), Piece(" was full .", False))


def test_a_long_text_is_cut_at_words_around_what_was_found() -> None:
    report = {"overview": "before " * 50 + "needle" + " after" * 50}
    (found,) = excerpts(*a_view(report=report), parsed("needle").marked())
    first, *_, last = found.pieces
    assert (first.text, last.text) == ("… ", " …")
    text = "".join(piece.text for piece in found.pieces)
    assert set(text.split()) == {"…", "before", "needle", "after"}
    assert len(text) <= WIDE + 4


def test_few_passages_show_as_many_of_the_words_as_there_are() -> None:
    report = {"overview": ("pool " + "x " * 300) * 9, "impact": "cache", "lessons": "retry"}
    found = excerpts(*a_view(report=report), parsed("pool cache retry").marked())
    assert [each.section for each in found] == ["overview", "impact", "lessons"]
    assert len(excerpts(*a_view(report=report), parsed("pool").marked())) == MOST
    assert excerpts(*a_view(report=report), frozenset()) == ()


def test_the_timeline_is_shown_too() -> None:
    entry = TimelineEntry(id="1", at=NOW, text="Failover began", kind="note", source=SOURCE)
    (found,) = excerpts(*a_view(timeline=(entry,)), parsed("failover").marked())
    assert (found.section, found.heading, marked(found.pieces)) == ("timeline", "Timeline", ["Failover"])


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script> pool", "[pool](javascript:alert(1))", "a" * 99_000 + " pool"]
)
def test_text_that_would_do_something_stays_text(text: str) -> None:
    (found,) = excerpts(*a_view(report={"overview": text}), parsed("pool").marked())
    assert marked(found.pieces) == ["pool"]
    assert len("".join(piece.text for piece in found.pieces)) <= WIDE + 4


def test_a_word_that_is_longer_than_a_passage_is_cut() -> None:
    (found,) = excerpts(*a_view(report={"overview": "b" * 99_000}), parsed("b" * 50).marked())
    assert found.pieces == (Piece("b" * WIDE, marked=True), Piece(" …", marked=False))


def test_marks_of_a_table_are_left_out() -> None:
    assert plain("| a | b |\n|---|---|\n| 1 | `2` |") == "a b 1 2"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# Cause\n> quoted\n  1) one\n- **two** of `three`", "Cause quoted one two of three"),
        ("a-b 1.5 > 2, 3 - 2 = 1", "a-b 1.5 > 2, 3 - 2 = 1"),
        ("[pool](https://x.example.com/Pool_(size)) ![full](x.png) [a] (b)", "pool full [a] (b)"),
    ],
)
def test_marks_are_left_out_where_they_are_marks(markdown: str, text: str) -> None:
    assert plain(markdown) == text


@pytest.mark.parametrize("text", ["[", "[](", "[x](()", "\n", " ", "- ", "\n| ", "`~"])
def test_marks_over_and_over_take_no_longer_than_words(text: str) -> None:
    assert len(plain(text * 50_000)) <= len(text) * 50_000


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("- **Retry storm**: clients asked again at once.\n- DNS: no cache", ("retry storm", "dns")),
        (
            "1. The pool had its default size. Nobody knew.\n2) No  alert!",
            ("the pool had its default size", "no alert"),
        ),
        ("### Retry *storm*\nMuch was said.", ("retry storm",)),
        ("* [Retry storm](https://x.example.com) - again\n* Retry storm", ("retry storm",)),
        ("- " + "a long sentence of somebody " * 5, ()),
        ("It was DNS.", ()),
        ("", ()),
    ],
)
def test_factors_are_named_by_how_their_items_begin(text: str, named: tuple[str, ...]) -> None:
    assert factors(a_view(report={"contributing_factors": text, "impact": "- none"})[1]) == named


KNOWN = sorted(words_in(["All connections of a checkout; database timeouts, pool x1 2026"]))


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("conection", "connections"), ("conectoins", "connections"), ("Databsae", "database"), ("chekout", "checkout")],
)
def test_the_nearest_word_is_at_most_two_letters_away(wrong: str, meant: str) -> None:
    (word,) = typed(wrong).values()
    assert nearest(word, KNOWN)[0][0] == meant


def test_what_is_short_or_a_number_is_not_misspelt() -> None:
    assert typed("pol x1 2026 データ") == {}
    assert nearest("nothing", KNOWN) == []


def test_a_suggestion_is_spelt_as_people_spell_it_and_keeps_the_rest_of_the_search() -> None:
    word = spelt("connect", ["Pools.", "All Connections were used."])
    assert word == "connections"
    assert corrected('-cache "pool conection" conectoin', {"conect": "connections"}) == (
        '-cache "pool connections" conectoin'
    )
    assert spelt("connect", ["pool"]) is None
