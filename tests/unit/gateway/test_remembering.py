"""What a text is searched by is made once for each text, and is that of the newest text, whatever part was changed."""

from __future__ import annotations

from typing import Any

import pytest

from services.gateway.domain.query import parsed
from services.gateway.domain.remembering import LONGEST, MOST, remembered
from services.gateway.domain.search import facets_of, is_found, texts, words_of
from services.gateway.domain.view import View, project
from services.gateway.store.searching import searched_by
from shared.contracts.base import Severity
from shared.contracts.events import DraftCreated
from shared.contracts.values import TimelineEntry
from tests.helpers.builders import NOW, a_draft


def an_entry(text: str) -> TimelineEntry:
    return TimelineEntry(id=text, at=NOW, kind="note", source="test", text=text)


BEFORE: dict[str, Any] = {
    "title": "Checkout failed",
    "services": ("checkout",),
    "tags": ("database",),
    "report": {"overview": "The pool ran out.", "contributing_factors": "- **Retry storm**: again and again.\n"},
    "timeline": (an_entry("Somebody was called"),),
}


def a_view(**fields: Any) -> View:
    first = project(None, a_draft(DraftCreated, **BEFORE), (NOW, "e-1"))
    searched_by(first)  # as it was written before
    return project(first, a_draft(DraftCreated, revision=2, **(BEFORE | fields)), (NOW, "e-2"))


@pytest.mark.parametrize(
    ("changed", "words", "facet"),
    [
        ({"title": "Payments failed"}, "title:payments", None),
        ({"services": ("payments",)}, "payments", "service:payments"),
        ({"tags": ("cache",)}, "cache", "tag:cache"),
        ({"report": BEFORE["report"] | {"overview": "The cache was cold."}}, '"cache was cold"', None),
        ({"report": {"overview": "", "contributing_factors": "- **Cold cache**: x\n"}}, "cold", "factor:cold cache"),
        ({"timeline": (*BEFORE["timeline"], an_entry("A rollback"))}, '"a rollback"', None),
        ({"severity": Severity.SEV1}, "checkout", "severity:sev1"),
    ],
)
def test_whatever_part_is_changed_is_found_at_once(changed: dict[str, Any], words: str, facet: str | None) -> None:
    before, after = a_view(), a_view(**changed)
    facets = [facet] if facet else []
    assert after.draft
    assert before.draft
    assert is_found(after, after.draft, parsed(words), facets)
    assert not is_found(before, before.draft, parsed(words), facets)
    assert searched_by(after)["keys"] == [*words_of(after, after.draft), *facets_of(after, after.draft)]
    assert searched_by(after) != searched_by(before)


def test_what_was_taken_out_is_found_no_more() -> None:
    after = a_view(report={"overview": "The pool was full."})
    assert after.draft
    assert not is_found(after, after.draft, parsed('"ran out"'), [])
    assert not is_found(after, after.draft, parsed("storm"), [])
    assert "The pool was full." in texts(after, after.draft)


def test_each_text_is_looked_at_once_and_a_very_long_one_each_time() -> None:
    seen: list[str] = []

    @remembered
    def length(text: str) -> int:
        seen.append(text)
        return len(text)

    long = "x" * (LONGEST + 1)
    assert [length(text) for text in ("a", "bc", "a", long, long)] == [1, 2, 1, LONGEST + 1, LONGEST + 1]
    assert seen == ["a", "bc", long, long]


def test_only_the_latest_texts_are_remembered() -> None:
    seen: list[str] = []
    made = remembered(seen.append)
    for number in range(MOST + 1):
        made(str(number))
    made(str(MOST))
    made("0")
    assert seen[-2:] == [str(MOST), "0"]
