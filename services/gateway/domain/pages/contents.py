"""What a postmortem's page is made of: its chapters, and the list of contents that leads to them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from services.gateway.domain.document import titles
from services.gateway.domain.pages.prose import TOP, Prose, prose
from shared.contracts.events import Snapshot
from shared.contracts.sections import Part, Section


class Chapter(NamedTuple):
    """One section as a page shows it; `prose` is None as long as nobody has written it."""

    anchor: str
    title: str
    section: Section
    prose: Prose | None
    is_missing: bool

    @property
    def is_for_customers(self) -> bool:
        """Say whether it is a part of the message for customers."""
        return self.section.part is Part.EXTERNAL


class Entry(NamedTuple):
    """A line of the list of contents, and those below it."""

    anchor: str
    title: str
    inside: tuple[tuple[str, str], ...] = ()
    is_missing: bool = False


def chapters(draft: Snapshot, *, is_worked_on: bool) -> tuple[Chapter, ...]:
    """Return the sections in their order; while it is worked on, those that are still to be written stand there too."""
    named = titles(draft)
    missing = frozenset(draft.missing) if is_worked_on else frozenset[str]()
    found = (_chapter(draft, section, named[section.name], missing) for section in draft.described())
    return tuple(chapter for chapter in found if chapter.prose or (is_worked_on and not chapter.is_for_customers))


def _chapter(draft: Snapshot, section: Section, title: str, missing: Collection[str]) -> Chapter:
    text = draft.report[section.name]
    return Chapter(
        anchor=section.name,
        title=title,
        section=section,
        prose=prose(text, section.name) if text.strip() else None,
        is_missing=section.name in missing,
    )


def contents(chapters: Sequence[Chapter], besides: Sequence[tuple[str, str]] = ()) -> tuple[Entry, ...]:
    """Return the list of contents: the chapters with their own headings, then what stands besides."""
    written = tuple(Entry(each.anchor, each.title, _inside(each), each.is_missing) for each in chapters)
    return (*written, *(Entry(anchor, title) for anchor, title in besides))


def _inside(chapter: Chapter) -> tuple[tuple[str, str], ...]:
    found = chapter.prose.headings if chapter.prose else ()
    return tuple((heading.anchor, heading.words) for heading in found if heading.level == TOP and heading.words)
