"""What somebody approved last: enough of it to say what has changed since. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from shared.contracts.events import Snapshot
from shared.contracts.persons import person

HEAD = ("title", "severity", "services")


class LastApproved(BaseModel):
    """The revision that a person approved last, with a hash of its head and of each section."""

    model_config = ConfigDict(frozen=True)

    who: str
    revision: int
    parts: dict[str, str]
    sections: dict[str, str]


def approved_now(who: str, draft: Snapshot) -> LastApproved:
    """Return that a person approves a revision."""
    sections = {name: _hash(text) for name, text in draft.report.items()}
    return LastApproved(who=who, revision=draft.revision, parts=_head(draft), sections=sections)


def changed_since(last: LastApproved, draft: Snapshot) -> tuple[str, ...]:
    """Return what is another now: parts of the head, then the titles of sections, in the text's order."""
    head = [name.capitalize() for name, known in _head(draft).items() if last.parts.get(name) != known]
    changed = (each for each in draft.described() if last.sections.get(each.name) != _hash(draft.report[each.name]))
    return (*head, *(section.title for section in changed))


def last_of(known: Iterable[LastApproved], email: str) -> LastApproved | None:
    """Return what the person of this address approved last, or None."""
    return next((last for last in known if last.who == person(email)), None)


def _head(draft: Snapshot) -> dict[str, str]:
    return {name: _hash(repr(getattr(draft, name))) for name in HEAD}


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
