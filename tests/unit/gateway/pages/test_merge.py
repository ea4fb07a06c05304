"""Two texts made of one, put together by lines: nothing of either is lost, and who has to choose is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.pages.merge import BETWEEN, THEIRS, YOURS, marked, merged

BASE = "one\ntwo\nthree\nfour\n"
lines = st.lists(st.sampled_from(["a", "b", "c", "dd", ""]), max_size=8)
ends = st.sampled_from(["", "\n"])


def text(written: Sequence[str], end: str) -> str:
    return "\n".join(written) + (end if written else "")


texts = st.builds(text, lines, ends)


def test_changes_of_other_lines_fit_together() -> None:
    mine, theirs = BASE.replace("one", "ONE"), BASE.replace("four\n", "four\nfive\n")
    assert merged(BASE, mine, theirs) == ("ONE\ntwo\nthree\nfour\nfive\n", 0)


def test_what_both_have_changed_alike_is_no_clash() -> None:
    both = BASE.replace("two", "2")
    assert merged(BASE, both, both) == (both, 0)


def test_of_lines_that_both_have_changed_both_stand_there_between_marks() -> None:
    found = merged(BASE, BASE.replace("two", "mine"), BASE.replace("two", "theirs"))
    assert found == (f"one\n{YOURS}\nmine\n{BETWEEN}\ntheirs\n{THEIRS}\nthree\nfour\n", 1)


def test_a_last_line_without_an_end_stands_on_a_line_of_its_own() -> None:
    assert merged("x", "mine", "theirs").text == f"{YOURS}\nmine\n{BETWEEN}\ntheirs\n{THEIRS}\n"


def test_what_one_removes_and_the_other_changes_is_for_them_to_choose() -> None:
    found = merged(BASE, BASE.replace("two\n", ""), BASE.replace("two", "2"))
    assert found == (f"one\n{YOURS}\n{BETWEEN}\n2\n{THEIRS}\nthree\nfour\n", 1)


@given(texts, texts)
def test_where_only_one_has_changed_something_theirs_is_the_text(base: str, other: str) -> None:
    assert merged(base, other, base) == (other, 0)
    assert merged(base, base, other) == (other, 0)
    assert merged(base, other, other) == (other, 0)


@given(texts, texts, texts)
def test_no_line_that_somebody_has_added_is_lost(base: str, mine: str, theirs: str) -> None:
    found = merged(base, mine, theirs).text.splitlines()
    for made in (mine, theirs):
        assert set(made.splitlines()) - set(base.splitlines()) <= set(found)


@given(texts, texts, texts)
def test_there_are_marks_exactly_where_somebody_has_to_choose(base: str, mine: str, theirs: str) -> None:
    found = merged(base, mine, theirs)
    assert found.text.count(YOURS) == found.text.count(THEIRS) == found.clashes
    assert (marked(found.text) is not None) == (found.clashes > 0)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (f"a\n{YOURS}\n", 2),
        (f"a\nb\n{THEIRS}  ", 3),
        (f"Title\n{BETWEEN}\n", None),
        (f"    {YOURS} and so on", None),
        ("", None),
    ],
)
def test_marks_that_are_left_are_found_by_their_line(written: str, line: int | None) -> None:
    assert marked(written) == line


def test_texts_with_more_lines_than_fit_below_the_surrogates_are_put_together() -> None:
    base = "".join(f"line {n}\n" for n in range(12_000))
    mine, theirs = base.replace("line 7\n", "mine\n"), base.replace("line 11999\n", "theirs\n")
    found = merged(base, mine, theirs)
    assert (found.clashes, "mine\n" in found.text, "theirs\n" in found.text) == (0, True, True)
