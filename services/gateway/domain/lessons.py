"""What a community of reviewers learns: which remarks its first drafts get, and what becomes of them. Pure.

Never by person, owner or team; and no figure has fewer than `FEWEST` postmortems behind it, so that none says how one
of them was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pydantic import BaseModel, Field

from services.gateway.domain.answers.shapes import Address
from services.gateway.domain.patterns import Kind, Remarks

FEWEST = 5
MOST_FREQUENT = 5
_GUIDE = "https://postmortems.pagerduty.com"
READ = {
    "mechanistic reasoning": f"{_GUIDE}/resources/analysis/",
    "hindsight bias": f"{_GUIDE}/how_to_write/effective_postmortems/",
    "negativity bias": f"{_GUIDE}/how_to_write/effective_postmortems/",
    "confirmation bias": f"{_GUIDE}/how_to_write/effective_postmortems/",
}
"""Where the practice that this follows says what to do about a bias."""
READ_FIRST = f"{_GUIDE}/culture/blameless/"


class Written(NamedTuple):
    """One postmortem that was checked: of which month it is, whether it is published, and what was remarked on."""

    month: str
    published: bool
    remarks: Remarks


class LearnedCounts(BaseModel):
    """How many remarks there were on first drafts, are on the newest revisions, and how many of these are dismissed."""

    first: int = 0
    last: int = 0
    dismissed: int = 0


class MonthlyRemarks(BaseModel):
    """Remarks per postmortem, by family, of the incidents that ended in one month (UTC); null of too few."""

    month: str = Field(description="2026-03")
    postmortems: int = Field(description="Those of the month that were checked.")
    first: dict[str, float] | None = Field(description="Per first draft.")
    published: dict[str, float] | None = Field(description="Per published postmortem, by now, without the dismissed.")


class FrequentRemarks(BaseModel):
    """A family of remarks that first drafts get often: the bias behind it, and what to read about it."""

    family: str
    remarks: int = Field(description="On first drafts.")
    postmortems: int = Field(description="On how many first drafts.")
    bias: str | None
    read: Address


class Lessons(BaseModel):
    """What coaching remarked on; figures of fewer than five postmortems are left out, `remarks` is then null."""

    postmortems: int = Field(description="Those that were checked.")
    remarks: LearnedCounts | None
    by_family: dict[str, LearnedCounts]
    by_section: dict[str, LearnedCounts]
    by_severity: dict[str, LearnedCounts]
    months: tuple[MonthlyRemarks, ...]
    frequent: tuple[FrequentRemarks, ...]


_COUNTS = {"first": 14, "last": 3, "dismissed": 1}
EXAMPLE = {
    "postmortems": 8,
    "remarks": _COUNTS,
    "by_family": {"counterfactual": _COUNTS},
    "by_section": {"contributing_factors": _COUNTS},
    "by_severity": {"warning": _COUNTS},
    "months": [
        {"month": "2026-03", "postmortems": 8, "first": {"counterfactual": 1.75}, "published": {"counterfactual": 0.25}}
    ],
    "frequent": [
        {
            "family": "counterfactual",
            "remarks": 14,
            "postmortems": 6,
            "bias": "hindsight bias",
            "read": READ["hindsight bias"],
        }
    ],
}


def lessons(written: Sequence[Written]) -> Lessons:
    """Put together what was remarked on in postmortems that were checked."""
    enough = written if len(written) >= FEWEST else ()
    found = _found(each.remarks for each in enough)
    by_family = _by(found, lambda kind: kind.family)
    return Lessons(
        postmortems=len(written),
        remarks=found.counted() if enough else None,
        by_family=by_family,
        by_section=_by(found, lambda kind: kind.section),
        by_severity=_by(found, lambda kind: kind.severity),
        months=tuple(_months(written)),
        frequent=tuple(_frequent(enough, by_family)),
    )


class Found(NamedTuple):
    """The remarks of many postmortems, by kind; the words of these are read when they are few."""

    first: Counter[str]
    last: Counter[str]
    dismissed: Counter[str]

    def by(self, word: Callable[[Kind], str]) -> Found:
        """Return the same by one word of the kinds."""
        return Found(*(_summed(counts, word) for counts in self))

    def counted(self) -> LearnedCounts:
        """Return how many there are in all."""
        return LearnedCounts(first=self.first.total(), last=self.last.total(), dismissed=self.dismissed.total())


def _found(remarks: Iterable[Remarks]) -> Found:
    found = Found(Counter(), Counter(), Counter())
    for each in remarks:
        found.first.update(each.first)
        found.last.update(each.last)
        found.dismissed.update(each.dismissed)
    return found


def _summed(counts: Counter[str], word: Callable[[Kind], str]) -> Counter[str]:
    summed: Counter[str] = Counter()
    for kind, number in counts.items():
        summed[word(Kind.read(kind))] += number
    return summed


def _by(found: Found, word: Callable[[Kind], str]) -> dict[str, LearnedCounts]:
    """The most frequent first; of equals the first by name."""
    first, last, dismissed = found.by(word)
    names = sorted({*first, *last}, key=lambda name: (-first[name], -last[name], name))
    return {name: LearnedCounts(first=first[name], last=last[name], dismissed=dismissed[name]) for name in names}


def _months(written: Iterable[Written]) -> Iterator[MonthlyRemarks]:
    of_month: dict[str, list[Written]] = {}
    for each in written:
        of_month.setdefault(each.month, []).append(each)
    for month, found in sorted(of_month.items()):
        published = [each for each in found if each.published]
        yield MonthlyRemarks(
            month=month,
            postmortems=len(found),
            first=_per_postmortem(found, lambda counts: counts.first),
            published=_per_postmortem(published, lambda counts: counts.last - counts.dismissed),
        )


def _per_postmortem(written: Sequence[Written], of: Callable[[LearnedCounts], int]) -> dict[str, float] | None:
    if len(written) < FEWEST:
        return None
    by_family = _by(_found(each.remarks for each in written), lambda kind: kind.family)
    return {family: round(of(counts) / len(written), 2) for family, counts in sorted(by_family.items())}


def _frequent(written: Sequence[Written], by_family: dict[str, LearnedCounts]) -> Iterator[FrequentRemarks]:
    """The bias of a family is what most say; rules may have changed meanwhile."""
    drafts = Counter(family for each in written for family in {_family(kind) for kind in each.remarks.first})
    said = Counter(pair for each in written for pair in each.remarks.biases.items())
    biases = {family: bias for (family, bias), _ in sorted(said.items(), key=lambda each: (each[1], each[0]))}
    for family, counts in list(by_family.items())[:MOST_FREQUENT]:
        if counts.first:
            bias = biases.get(family)
            yield FrequentRemarks(
                family=family,
                remarks=counts.first,
                postmortems=drafts[family],
                bias=bias,
                read=READ.get(bias or "", READ_FIRST),
            )


@lru_cache(maxsize=4096)
def _family(kind: str) -> str:
    return Kind.read(kind).family
