"""Comparing revisions: exact whatever the texts are, and small where little changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.history import AFTERWORD, compare, revision_of, segments, texts
from shared.contracts.base import Owner
from shared.contracts.events import DraftCreated, DraftRevised, Snapshot
from tests.helpers.builders import NOW, PM, a_draft

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
WORDS = st.lists(st.sampled_from(["one", "two", "\n", " ", "|", "é", "𝄞"]), max_size=60).map("".join)


def of(report: dict[str, str], revision: int = 1, **fields: Any) -> Snapshot:
    snapshot: Snapshot = a_draft(Snapshot, report=report, revision=revision, **fields)
    return snapshot


@given(st.one_of(TEXT, WORDS), st.one_of(TEXT, WORDS))
def test_the_segments_are_both_texts_whatever_they_say(older: str, newer: str) -> None:
    assert texts(segments(older, newer)) == (older, newer)


def test_one_word_changed_is_one_word_removed_and_one_inserted() -> None:
    found = [(part.op, part.text) for part in segments("Search was slow.\n", "Search was down.\n")]

    assert found == [("equal", "Search was "), ("delete", "slow"), ("insert", "down"), ("equal", ".\n")]


def test_more_words_than_the_surrogates_begin_at_are_told_apart() -> None:
    older = " ".join(f"w{n}" for n in range(60_000))

    assert texts(segments(older, older.replace("w59999", "w0"))) == (older, older.replace("w59999", "w0"))


def test_a_section_is_added_removed_changed_or_only_named() -> None:
    older = of({"overview": "a", "impact": "b", "lessons": "c"})
    newer = of({"overview": "a", "factors": "d", "impact": "e"}, revision=4)
    found = compare(older, newer)

    assert (found.from_revision, found.to_revision) == (1, 4)
    assert found.unchanged == ("overview",)
    assert [(section.name, section.status) for section in found.sections] == [
        ("factors", "added"),
        ("impact", "changed"),
        ("lessons", "removed"),
    ]


def test_fields_beside_the_sections_are_compared_whole() -> None:
    older = of({}, title="Slow", services=("search",))
    newer = of({}, title="Slow", services=("search", "api"), owner=Owner(name="New", email="new@example.com"))

    assert [(field.name, field.after) for field in compare(older, newer).fields] == [
        ("services", ["search", "api"]),
        ("owner", {"name": "New", "email": "new@example.com"}),
    ]


def test_a_revision_tells_who_made_it_when_and_why() -> None:
    first = revision_of(a_draft(DraftCreated), (NOW, "e-1"))
    later = NOW + timedelta(hours=1)
    fact = a_draft(
        DraftRevised, revision=2, status="draft", revised_at=later, revised_by="a@example.com", note="numbers"
    )
    second = revision_of(fact, (later, "e-2"))

    assert (first.number, first.by, first.at, first.draft.postmortem_id) == (1, AFTERWORD, NOW, PM)
    assert (second.number, second.by, second.at, second.note) == (2, "a@example.com", later, "numbers")
