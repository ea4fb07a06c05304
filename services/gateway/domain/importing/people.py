"""People as files name them: a name, an address, or both. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from services.gateway.domain.importing.facts import several
from services.gateway.domain.importing.sections import plain_words
from shared.contracts.base import Person

ROLES = ("owner", "author", "incident_commander")
LONGEST_NAME, MOST = 300, 100
_ADDRESS = re.compile(r"<?\b(?:mailto:)?([A-Za-z0-9._%+'-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)\b>?")
_WELL_FORMED = re.compile(
    r"[a-z0-9_%+'-]+(\.[a-z0-9_%+'-]+)*@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
)
_EMPTY = re.compile(r"[(\[<]\s*[)\]>]")
LONGEST_ADDRESS = 254
NOBODY = frozenset({"", "n/a", "na", "none", "tbd", "unknown", "-", "?", "anonymous"})


def people_of(facts: Mapping[str, Iterable[str]]) -> tuple[Person, ...]:
    """Return the people of a file in the roles that it gives them, each role's first one first."""
    found = [person for role in ROLES for person in _in_role(role, facts.get(role, ()))]
    return tuple(dict.fromkeys(found))[:MOST]


def _in_role(role: str, values: Iterable[str]) -> Iterator[Person]:
    for words in several(values):
        address = _ADDRESS.search(words)
        email = address[1].lower() if address and _is_good(address[1].lower()) else None
        left = _EMPTY.sub("", words.replace(address[0], "") if address and email else words)
        name = plain_words(left).strip(" ()<>[]\"'")[:LONGEST_NAME].strip()
        if not name and email:
            name = email.partition("@")[0]
        if name.casefold() not in NOBODY:
            yield Person(name=name, email=email, role=role)


def _is_good(address: str) -> bool:
    return len(address) <= LONGEST_ADDRESS and bool(_WELL_FORMED.fullmatch(address))
