"""A tool's words in ours: cut to size, or left out where they say nothing that we can use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError

from shared.contracts.base import Email, Moment, Person, Severity, Url
from shared.contracts.values import Entry

T = TypeVar("T")
LONGEST_TEXT = 100_000
MOST_SERVICES = 100
MOST_PEOPLE = 200
LONGEST_TIMESTAMP = 11
FIRST_YEAR = 1970
"""Times before it are zeros: year 1 is how some languages write that there is no time."""
_LEVEL = re.compile(r"\b(?:sev(?:erity)?|p(?:riority)?)[\s_-]*([0-5])(?![0-9])", re.IGNORECASE)
_LINKS: TypeAdapter[str] = TypeAdapter(Url)
_EMAILS: TypeAdapter[str] = TypeAdapter(Email)


def _real(moment: Moment) -> Moment:
    if moment.year < FIRST_YEAR:
        msg = "is no time at which anything happened"
        raise ValueError(msg)
    return moment


Happened = Annotated[Moment, AfterValidator(_real)]
"""A moment at which something can have happened."""


class Lenient(BaseModel):
    """A part of a payload: what we do not know is ignored, so that the tool may add to it."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def line(text: object, longest: int = 300) -> str | None:
    """Return one line of text, cut to size; None for what is empty or no text."""
    return " ".join(text.split())[:longest].strip() or None if isinstance(text, str) else None


def link(text: object) -> str | None:
    """Return an address for the web, or None."""
    return _valid(_LINKS, text)


def person(name: object, email: object = None, role: str = "responder") -> tuple[Person, ...]:
    """Return somebody who took part, with the address if it is one; nobody when neither is told."""
    address = _valid(_EMAILS, email)
    called = line(name) or address
    return (Person(name=called, email=address, role=role),) if called else ()


def slug(name: object, otherwise: str = "responder") -> str:
    """Return a role's name as we write it: `Incident Commander` is `incident_commander`."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()) if isinstance(name, str) else ""
    return words[:60].strip("_") or otherwise


def severity(said: object, *names: Mapping[str, Severity]) -> Severity | None:
    """Return what a tool's word means: the first of these names, or P1 to P5 and SEV-0 to SEV-5; None for the rest."""
    words = line(said) or ""
    found = _LEVEL.search(words)
    level = Severity(f"sev{max(1, int(found[1]))}") if found else None
    return next((known[words.lower()] for known in names if words.lower() in known), level)


def service_names(*said: object) -> tuple[str, ...]:
    """Return the names of service_names, each once."""
    names = (line(name, 200) for name in said)
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_SERVICES]


def people(found: Iterable[Person]) -> tuple[Person, ...]:
    """Return everybody, each person and role once."""
    return tuple(dict.fromkeys(found))[:MOST_PEOPLE]


def entry(text: str | None, evidence: object = None) -> Entry:
    """Return what happened in words, cut to size."""
    return Entry(text=(text or "")[:LONGEST_TEXT], evidence_url=link(evidence))


def first(values: Mapping[str, Any], *names: str) -> Any:
    """Return the first of these that is there and says something."""
    return next((values[name] for name in names if values.get(name)), None)


def _valid(adapter: TypeAdapter[str], text: object) -> str | None:
    try:
        return adapter.validate_python(text, strict=True) if text else None
    except ValidationError:  # an optional value of another form is one that we do not have
        return None


def unix_time(timestamp: str) -> datetime | None:
    """Return seconds since 1970 as a moment; None for what is no number that a clock can show."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= LONGEST_TIMESTAMP):
        return None
    return datetime.fromtimestamp(int(timestamp), UTC)
