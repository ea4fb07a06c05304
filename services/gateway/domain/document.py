"""A postmortem as a document that stands alone: what it says, whatever it is printed as. Pure.

As Markdown it can be read back (`imported`), and comes out the same to the byte: the title is its only heading of the
first level, the facts are a list below, each section has a heading of the second level, an empty one too. What the
incident tools told is last; it is no section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict

from services.gateway.domain.fitting import fitted
from services.gateway.domain.lines import one_line, written_heading
from shared.contracts import values
from shared.contracts.events import Snapshot

_ODD = re.compile(r"[^a-z0-9]+")
_MARK = re.compile(r"[\\,]")
LONGEST_NAME = 60
EVENTS = "Recorded events"
"""Above what the incident tools told; the section that people write about it has a name of its own."""
SEVERITY, SERVICES, UNKNOWN = "Severity", "Services", "not known"


class Document(BaseModel):
    """One revision of a postmortem, and where it is read."""

    model_config = ConfigDict(frozen=True)

    draft: Snapshot
    timeline: tuple[values.TimelineEntry, ...]
    url: str

    def sections(self) -> list[tuple[str, str]]:
        """Return heading and Markdown of every section that says something, in the report's order."""
        return [(title, text) for title, text in self.parts() if text]

    def parts(self) -> list[tuple[str, str]]:
        """Return heading and Markdown of every section, in the report's order."""
        return [(title, fitted(self.draft.report[name])) for name, title in titles(self.draft).items()]

    def filename(self, suffix: str) -> str:
        """Return a name for the file that every system takes: `search-is-slow-r3.pdf`."""
        plain = normalize("NFKD", self.draft.title).encode("ascii", "ignore").decode().lower()
        name = _ODD.sub("-", plain)[:LONGEST_NAME].strip("-") or "postmortem"
        return f"{name}-r{self.draft.revision}.{suffix}"


def titles(draft: Snapshot) -> dict[str, str]:
    """Return each section's name and its title, as people read it; no two are the same for `alike`."""
    found: dict[str, str] = {}
    taken = {alike(EVENTS)}
    for section in draft.described():
        free = alike(section.title) not in taken
        found[section.name] = section.title if free else f"{section.title} ({section.name})"
        taken.add(alike(found[section.name]))
    return found


def alike(title: str) -> str:
    """Return a title as it is compared: capitals and spaces do not matter."""
    return one_line(title).casefold()


def markdown(document: Document) -> str:
    """Return the document as Markdown (CommonMark with tables)."""
    return "\n\n".join(_parts(document)) + "\n"


def _parts(document: Document) -> Iterator[str]:
    yield written_heading(1, one_line(document.draft.title))
    yield "\n".join(f"- {name}: {value}" for name, value in facts(document))
    for title, text in document.parts():
        yield written_heading(2, one_line(title))
        if text:
            yield text
    if document.timeline:
        yield written_heading(2, EVENTS)
        yield _table(document.timeline)


def facts(document: Document) -> list[tuple[str, str]]:
    """Return what stands above the report: name and value, in order."""
    draft = document.draft
    return [
        (SEVERITY, draft.severity_words()),
        (SERVICES, services(draft)),
        ("Began", moment(draft.incident.started_at)),
        ("Ended", moment(draft.incident.resolved_at)),
        ("Owner", one_line(draft.owner.name)),
        ("Revision", str(draft.revision)),
        ("Read it in the library", document.url),
    ]


def services(draft: Snapshot) -> str:
    """Return the services in one line; a comma inside of a name has a backslash before it."""
    names = [_MARK.sub(r"\\\g<0>", one_line(service)) for service in draft.services]
    if names == [UNKNOWN]:
        return f"\\{UNKNOWN}"
    return ", ".join(names) or UNKNOWN


def moment(at: datetime | None) -> str:
    """Return a time as people read it, to the minute, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else UNKNOWN


def _table(timeline: tuple[values.TimelineEntry, ...]) -> str:
    rows = [f"| {moment(e.at)} | {_cell(_what(e))} |" for e in timeline]
    return "\n".join(("| When | What |", "|---|---|", *rows))


def _what(entry: values.TimelineEntry) -> str:
    who = f"{entry.who}: " if entry.who else ""
    evidence = f" ({entry.evidence_url})" if entry.evidence_url else ""
    return f"{who}{entry.text}{evidence}"


def _cell(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace("|", "\\|")
