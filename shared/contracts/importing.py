"""The messages that bring in postmortems from before Afterword: they are kept as they are, and nobody works on them.

An imported postmortem is found and read like any other. It was reviewed and shared elsewhere, so it asks nobody for a
review or a meeting and is mailed to nobody. It changes when its file is imported again.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from shared.contracts.base import (
    NOT_BLANK,
    BaseMessage,
    Email,
    Line,
    Moment,
    Person,
    Severity,
    Text,
    Token,
    Url,
    Value,
    derived_id,
)
from shared.contracts.commands import BaseCommand, Command
from shared.contracts.events import Snapshot
from shared.contracts.findings import Justification
from shared.contracts.sections import Section
from shared.contracts.values import Report

SourceName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), NOT_BLANK]
"""What a file goes by from one import to the next: its own id or address, else its path below the imported folder."""


def imported_id(source: str) -> str:
    """Return the id of the postmortem that was imported from a source; no incident's postmortem has it."""
    return derived_id("imported postmortem", source)


class ImportedFrom(Value):
    """Where a postmortem was brought in from, when (UTC) and by whom.

    `url`: where it was read before; `published_at`: when it came out there, null when the file does not say. `dated_at`
    is its place in the library, by the best date that there is. `tags` are those of the file, people may add others.
    `owner_known`: whether the file names an owner or author with an address; else it is whoever imported it.
    """

    source: SourceName
    url: Url | None = None
    published_at: Moment | None = None
    dated_at: Moment
    tags: tuple[Token, ...] = ()
    owner_known: bool = True
    at: Moment
    by: Email


class ImportedEntry(Value):
    """One line of the timeline as the file tells it."""

    at: Moment
    text: Text


class ImportPostmortem(Command):
    """Keep a postmortem as a file tells it; when it is there already, as a new revision, if anything is different.

    Without a severity the policy's default is taken. `people` are those whom the file names: the first `owner`, else
    the first `author` whose address is known owns it. `justifications` say why what was found in it may stay.
    `dry_run`: answer what would come of it, and change nothing.
    """

    room: ClassVar[str] = "drafting"
    name: ClassVar[str] = "ImportPostmortem.v1"
    source: SourceName
    url: Url | None = None
    published_at: Moment | None = None
    started_at: Moment | None = None
    resolved_at: Moment | None = None
    title: Line
    severity: Severity | None = None
    services: tuple[Token, ...] = Field(default=(), max_length=100)
    tags: tuple[Token, ...] = Field(default=(), max_length=50)
    people: tuple[Person, ...] = Field(default=(), max_length=200)
    report: Report
    sections: tuple[Section, ...] = Field(default=(), max_length=100)
    timeline: tuple[ImportedEntry, ...] = Field(default=(), max_length=2_000)
    justifications: tuple[Justification, ...] = Field(default=(), max_length=200)
    dry_run: bool = False


class PostmortemImported(Snapshot):
    """A postmortem from before is in the library, or says something else now, or others may see it. Said by drafting.

    It is all that is ever said of an imported text: whoever draws people into work on a postmortem does not hear it.
    """

    name: ClassVar[str] = "PostmortemImported.v1"
    imported: ImportedFrom


EVENTS: tuple[type[BaseMessage], ...] = (PostmortemImported,)
COMMANDS: tuple[type[BaseCommand], ...] = (ImportPostmortem,)
