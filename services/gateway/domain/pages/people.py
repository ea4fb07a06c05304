"""Who took part, by what they did: the role comes first, the name behind it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared.contracts.base import Owner, Person

COMMANDER, RESPONDER = "incident_commander", "responder"


class Part(NamedTuple):
    """A role, and the names of those who had it."""

    role: str
    names: tuple[str, ...]


def by_role(people: Sequence[Person], owner: Owner | None, reviewers: Sequence[str] = ()) -> tuple[Part, ...]:
    """Return everybody by their roles: who led, who else did something of their own, who responded, who wrote."""
    held: dict[str, list[str]] = {}
    for person in people:
        names = held.setdefault(person.role or RESPONDER, [])
        if person.name not in names:
            names.append(person.name)
    ranked = sorted(held, key=lambda role: (role != COMMANDER, role == RESPONDER, role))
    parts = [Part(words_of(role), tuple(held[role])) for role in ranked]
    if owner:
        parts.append(Part("Owner of the postmortem", (owner.name,)))
    return (*parts, Part("Reviewers", tuple(reviewers))) if reviewers else tuple(parts)


def words_of(role: str) -> str:
    """Return a role as a heading: `Incident commander`."""
    words = " ".join(role.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]
