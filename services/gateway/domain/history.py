"""The revisions of a postmortem, and what is different between two of them. Pure.

A comparison is by section, and inside of a section by word. It is exact always and small nearly always: two long texts
without anything in common are compared for `PATIENCE_S` and then shown as one removed and one inserted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from diff_match_patch import diff_match_patch
from pydantic import BaseModel, ConfigDict

from services.gateway.domain.answers.shapes import example
from services.gateway.domain.view import Stamp
from shared.contracts import events as said
from shared.contracts.importing import PostmortemImported
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped
from shared.contracts.withdrawing import CorrectionWithdrawn

PATIENCE_S = 0.5
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_OPERATIONS: dict[int, Literal["equal", "insert", "delete"]] = {0: "equal", 1: "insert", -1: "delete"}
_SURROGATES = range(0xD800, 0xE000)


class Revision(BaseModel):
    """One revision as it was written: by whom, when (UTC), with which remark; `stamp` is its fact's own."""

    model_config = ConfigDict(frozen=True)

    number: int
    at: datetime
    by: str
    note: str = ""
    stamp: Stamp
    draft: said.Snapshot


class Segment(BaseModel):
    """A piece of text that both revisions have, or only the newer (`insert`), or only the older (`delete`)."""

    op: Literal["equal", "insert", "delete"]
    text: str


class SectionChange(BaseModel):
    """How one section differs; the texts of both are the segments put together."""

    name: str
    title: str
    status: Literal["added", "removed", "changed"]
    segments: tuple[Segment, ...]


class FieldChange(BaseModel):
    """How one of the fields beside the sections differs."""

    name: str
    before: Any
    after: Any


class Comparison(BaseModel):
    """What is different in the newer of two revisions; sections that are the same are only named."""

    model_config = example(
        {
            "from_revision": 1,
            "to_revision": 2,
            "fields": [{"name": "severity", "before": "sev3", "after": "sev2"}],
            "sections": [
                {
                    "name": "impact",
                    "title": "Impact",
                    "status": "changed",
                    "segments": [
                        {"op": "delete", "text": "400"},
                        {"op": "insert", "text": "413"},
                        {"op": "equal", "text": " orders timed out.\n"},
                    ],
                }
            ],
            "unchanged": ["what_happened"],
        }
    )

    from_revision: int
    to_revision: int
    fields: tuple[FieldChange, ...]
    sections: tuple[SectionChange, ...]
    unchanged: tuple[str, ...]


FIELDS = ("title", "severity", "services", "owner", "tags")
AFTERWORD = "afterword"


def revision_of(fact: said.Snapshot, stamp: Stamp) -> Revision:
    """Return the revision that a fact tells of."""
    snapshot = said.Snapshot(**{name: getattr(fact, name) for name in said.Snapshot.model_fields})
    if isinstance(fact, said.DraftRevised):
        at, by, note = fact.revised_at, fact.revised_by, fact.note
    elif isinstance(fact, PostmortemSkipped):
        at, by, note = fact.skipped_at, fact.skipped_by, fact.reason
    elif isinstance(fact, PostmortemRequired):
        at, by, note = fact.required_at, fact.required_by, fact.reason
    elif isinstance(fact, PostmortemImported):
        at, by, note = fact.imported.at, fact.imported.by, f"imported from {fact.imported.source}"
    elif isinstance(fact, CorrectionWithdrawn):
        at, by, note = fact.withdrawn_at, fact.withdrawn_by, "correction withdrawn"
    else:
        at, by, note = stamp[0], AFTERWORD, "first draft"
    return Revision(number=fact.revision, at=at, by=by, note=note, stamp=stamp, draft=snapshot)


def compare(older: said.Snapshot, newer: said.Snapshot) -> Comparison:
    """Return what is different; the order of sections is the newer's, then come those that only the older has."""
    names = [*newer.report, *(name for name in older.report if name not in newer.report)]
    same = tuple(name for name in names if older.report.get(name) == newer.report.get(name))
    return Comparison(
        from_revision=older.revision,
        to_revision=newer.revision,
        fields=tuple(_fields(older, newer)),
        sections=tuple(_section(name, older, newer) for name in names if name not in same),
        unchanged=same,
    )


def _fields(older: said.Snapshot, newer: said.Snapshot) -> Iterator[FieldChange]:
    before, after = (snapshot.model_dump(mode="json", include=set(FIELDS)) for snapshot in (older, newer))
    for name in FIELDS:
        if before[name] != after[name]:
            yield FieldChange(name=name, before=before[name], after=after[name])


def _section(name: str, older: said.Snapshot, newer: said.Snapshot) -> SectionChange:
    status: Literal["added", "removed", "changed"] = "changed"
    if name not in older.report:
        status = "added"
    elif name not in newer.report:
        status = "removed"
    title = next(each.title for each in (*newer.described(), *older.described()) if each.name == name)
    before, after = older.report.get(name, ""), newer.report.get(name, "")
    return SectionChange(name=name, title=title, status=status, segments=tuple(segments(before, after)))


def segments(older: str, newer: str) -> Iterator[Segment]:
    """Yield how to get from one text to the other, by words, spaces and signs."""
    known: dict[str, str] = {}
    before, after = (letters(_TOKEN.findall(text), known) for text in (older, newer))
    words = {letter: token for token, letter in known.items()}
    differ = diff_match_patch()
    differ.Diff_Timeout = PATIENCE_S
    found: list[tuple[int, str]] = differ.diff_main(before, after, False)
    differ.diff_cleanupSemantic(found)
    for operation, written in found:
        yield Segment(op=_OPERATIONS[operation], text="".join(words[letter] for letter in written))


def letters(tokens: Sequence[str], known: dict[str, str]) -> str:
    """Write each token as one letter, since the library compares letters; `known` has the letter of each."""
    return "".join(known.setdefault(token, _letter(len(known))) for token in tokens)


def _letter(n: int) -> str:
    return chr(n if n < _SURROGATES.start else n + len(_SURROGATES))


def texts(parts: Iterable[Segment]) -> tuple[str, str]:
    """Return the older and the newer text that the segments are made of."""
    both = list(parts)
    return (
        "".join(part.text for part in both if part.op != "insert"),
        "".join(part.text for part in both if part.op != "delete"),
    )
