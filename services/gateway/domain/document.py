"""A postmortem as a document that stands alone: what it says, whatever it is printed as. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict

from shared.contracts import values
from shared.contracts.events import Snapshot

_ODD = re.compile(r"[^a-z0-9]+")
LONGEST_NAME = 60


class Document(BaseModel):
    """One revision of a postmortem, and where it is read."""

    model_config = ConfigDict(frozen=True)

    draft: Snapshot
    timeline: tuple[values.TimelineEntry, ...]
    url: str

    def sections(self) -> list[tuple[str, str]]:
        """Return heading and Markdown of every section that says something, in the report's order."""
        texts = ((section.title, self.draft.report[section.name].strip()) for section in self.draft.described())
        return [(title, text) for title, text in texts if text]

    def filename(self, suffix: str) -> str:
        """Return a name for the file that every system takes: `search-is-slow-r3.pdf`."""
        plain = normalize("NFKD", self.draft.title).encode("ascii", "ignore").decode().lower()
        name = _ODD.sub("-", plain)[:LONGEST_NAME].strip("-") or "postmortem"
        return f"{name}-r{self.draft.revision}.{suffix}"


def markdown(document: Document) -> str:
    """Return the document as Markdown (CommonMark with tables)."""
    return "\n\n".join(_parts(document)) + "\n"


def _parts(document: Document) -> Iterator[str]:
    yield f"# {_one_line(document.draft.title)}"
    yield "\n".join(f"- {name}: {value}" for name, value in facts(document))
    for title, text in document.sections():
        yield f"## {title}"
        yield text
    if document.timeline:
        yield "## Timeline"
        yield _table(document.timeline)


def facts(document: Document) -> list[tuple[str, str]]:
    """Return what stands above the report: name and value, in order."""
    draft = document.draft
    return [
        ("Severity", draft.severity_words()),
        ("Services", ", ".join(draft.services) or "not known"),
        ("Began", moment(draft.incident.started_at)),
        ("Ended", moment(draft.incident.resolved_at)),
        ("Owner", draft.owner.name),
        ("Revision", str(draft.revision)),
        ("Read it in the library", document.url),
    ]


def moment(at: datetime | None) -> str:
    """Return a time as people read it, to the minute, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else "not known"


def _table(timeline: tuple[values.TimelineEntry, ...]) -> str:
    rows = [f"| {moment(e.at)} | {_cell(_what(e))} |" for e in timeline]
    return "\n".join(("| When | What |", "|---|---|", *rows))


def _what(entry: values.TimelineEntry) -> str:
    who = f"{entry.who}: " if entry.who else ""
    evidence = f" ({entry.evidence_url})" if entry.evidence_url else ""
    return f"{who}{entry.text}{evidence}"


def _cell(text: str) -> str:
    return _one_line(text).replace("\\", "\\\\").replace("|", "\\|")


def _one_line(text: str) -> str:
    return " ".join(text.split())
