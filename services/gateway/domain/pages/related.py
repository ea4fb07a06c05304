"""Which other postmortems are like this one, and why: shared services, and words that few others have. Pure.

How rare a word is, is counted in what is compared, so that what all of them say counts little. Two words that stand
side by side in both say more than each by itself.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from services.gateway.domain.view import View

_WORD = re.compile(r"\w+")
_MARKS = re.compile(r"[^\w\s-]|\n")
SHORTEST, LONGEST = 3, 40
"""How long a word is that is compared, in letters."""
TITLE, PHRASE = 2.0, 1.6
"""How much more a word of a title says, and a pair of words."""
SERVICE, MOST_FOR_SERVICES, SEVERITY = 0.08, 0.16, 0.01
LEAST = 0.12
"""Below this two postmortems have little to do with each other."""
LONGEST_TEXT = 3000
"""Letters that are compared of each: what matters is said before."""
MOST, MOST_WORDS = 5, 3
MOST_KEYS = 20
"""Of a title; it has 300 letters at most."""
EMPTY = frozenset(
    _WORD.findall(
        """
        about after again against all also although always among and another any are around as at because been
        before began being below between both but by can cannot could did does doing done down during each either
        else even ever every few first for from further get gets got had has have having her here hers him his how
        however if in incident incidents instead into is it its itself just last later less like made make makes
        many may might minute minutes more most much must near need needs never new next no none nor not nothing now
        of off often on once one only onto or other others our out over own part per postmortem rather said same see
        seen several shall she should since so some still such than that the their them then there these they things
        this those three through time times to too took two under until up upon us use used using very was way we
        well went were what when where whether which while who whole whom why will with within without would yet you
        your hour hours second seconds day days utc said says saw began ended http https www com
        """
    )
)
"""What stands in every text, and says nothing of what it is about."""


class Neighbour(BaseModel):
    """Another postmortem that may be like this one, as far as that takes to say."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    services: tuple[str, ...] = ()
    severity: str = ""
    status: str = ""
    created_at: datetime | None = None
    text: str = ""


class Related(NamedTuple):
    """A postmortem that is like this one, and why."""

    neighbour: Neighbour
    score: float
    why: str


def neighbour_of(view: View) -> Neighbour | None:
    """Return a postmortem as it is compared, None while it has no draft: who was there makes no two alike."""
    draft = view.draft
    if draft is None:
        return None
    text = "".join(f"{text}\n" for text in draft.report.values())[:LONGEST_TEXT]
    for name in (*(person.name for person in view.people), draft.owner.name):
        text = text.replace(name, "")
    return Neighbour(
        id=view.id,
        title=draft.title,
        services=draft.services,
        severity=draft.severity.value,
        status=view.status(),
        created_at=view.created_at,
        text=text,
    )


def near(own: Neighbour) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys by which candidates are found: its services, and what its title says."""
    terms = list(_said({}, own.title, TITLE))[:MOST_KEYS]
    return tuple(f"service:{name}" for name in own.services), tuple(f"title:{term}" for term in terms)


def related(own: Neighbour, others: Sequence[Neighbour], most: int = MOST) -> tuple[Related, ...]:
    """Return those that are like this one, the most alike first; of the same, the newer."""
    compared = [other for other in others if other.id != own.id]
    mine = _terms(own)
    terms = [_terms(other) for other in compared]
    known = Counter(term for found in (mine, *terms) for term in found)
    rare = {term: math.log((len(compared) + 2) / count) for term, count in known.items() if term in mine}
    found = [_related(own, other, mine, theirs, rare) for other, theirs in zip(compared, terms, strict=True)]
    alike = sorted((each for each in found if each.score >= LEAST), key=_rank, reverse=True)
    return tuple(alike[:most])


def _rank(found: Related) -> tuple[float, float, str]:
    created = found.neighbour.created_at
    return found.score, created.timestamp() if created else 0, found.neighbour.id


def _related(
    own: Neighbour, other: Neighbour, mine: Mapping[str, float], theirs: Mapping[str, float], rare: Mapping[str, float]
) -> Related:
    weights = {term: mine[term] * theirs[term] * rare[term] for term in mine.keys() & theirs.keys()}
    services = [name for name in own.services if name in other.services]
    score = _cosine(weights, mine, theirs, rare)
    score += min(SERVICE * len(services), MOST_FOR_SERVICES) + (SEVERITY if own.severity == other.severity else 0)
    return Related(other, round(score, 4), _why(_telling(weights), services))


def _cosine(
    weights: Mapping[str, float], mine: Mapping[str, float], theirs: Mapping[str, float], rare: Mapping[str, float]
) -> float:
    """Return how much of both is shared, from 0 to about 1; a word that only the other has is as rare as ours are."""
    usual = sum(rare.values()) / len(rare) if rare else 0
    own = sum(weight * weight * rare[term] for term, weight in mine.items())
    other = sum(weight * weight * rare.get(term, usual) for term, weight in theirs.items())
    return sum(weights.values()) / math.sqrt(own * other) if own * other else 0


def _terms(neighbour: Neighbour) -> dict[str, float]:
    """Return the words and pairs of words of a postmortem that say something, and how much each weighs."""
    return _said(_said({}, neighbour.text[:LONGEST_TEXT], 1.0), neighbour.title, TITLE)


def _said(found: dict[str, float], text: str, weight: float) -> dict[str, float]:
    """Add what a text says to what was found."""
    for clause in _MARKS.split(text.casefold()):
        words = [word if _says(word) else "" for word in clause.split()]
        found |= dict.fromkeys(filter(None, words), weight)
        pairs = [f"{first} {second}" for first, second in pairwise(words) if first and second]
        found |= dict.fromkeys(pairs, weight * PHRASE)
    return found


def _says(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and word not in EMPTY and word[0].isalpha()


def _telling(weights: Mapping[str, float]) -> list[str]:
    """Return the shared terms that say most; a word that stands in a pair which is told is not told again."""
    told: list[str] = []
    for term in sorted(weights, key=lambda term: (-weights[term], term)):
        if not any(set(term.split()) & set(known.split()) for known in told):
            told.append(term)
        if len(told) == MOST_WORDS:
            break
    return told


def _why(words: Iterable[str], services: Sequence[str]) -> str:
    """Say why in words: `Both: database, connection pool; same service checkout`."""
    reasons = []
    if listed := ", ".join(words):
        reasons.append(f"both: {listed}")
    if services:
        reasons.append(f"same service{'s' if len(services) > 1 else ''} {', '.join(services)}")
    text = "; ".join(reasons) or "as severe"
    return text[:1].upper() + text[1:]
