"""The check itself: every rule reads every section once, what it finds is placed, weighed and named. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from services.review.domain.coaching.findings import Finding, finding_of
from services.review.domain.coaching.forms import Moment, check_forms
from services.review.domain.coaching.people import Roster
from services.review.domain.coaching.reading import Reading, read
from services.review.domain.coaching.rules import Rules, WordRule
from shared.contracts.coaching import RemarkSeverity as Severity

MOST_OF_A_RULE = 50
"""How often one rule speaks in one section; who has read it so often has understood, and a remark is no flood."""
MOST_LOOKED_AT = 2_000
"""How many finds of one rule in one section are looked at closer, whatever comes of it."""
WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.ADVICE: 2}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is checked: name -> Markdown of each section in its order, who took part, and the timeline.

    `people` are names as they stand in the text; `severity_words` are what the severity is called, as "SEV-2".
    `partial`: only part of the service was lost, so that the word "outage" says too much.
    """

    sections: Mapping[str, str]
    people: tuple[str, ...] = ()
    timeline: tuple[Moment, ...] = ()
    severity_words: tuple[str, ...] = ()
    partial: bool = True


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a rule found something: characters from `start` to `end`, in the sentence that begins at `sentence`."""

    rule: WordRule
    start: int
    end: int
    sentence: int

    @property
    def weight(self) -> int:
        return WEIGHT[self.rule.advice.severity]

    def covers(self, other: _Spot) -> bool:
        """Say whether it says all that the other one would."""
        return self.start <= other.start and other.end <= self.end and self.weight <= other.weight


@dataclass(frozen=True, slots=True)
class Coach:
    """Reads drafts with a set of rules."""

    rules: Rules

    def check(self, draft: Draft) -> tuple[Finding, ...]:
        """Return all remarks: sections in their order, lines in theirs; what is about the form of a section comes last.

        The same draft gets the same remarks. An id stands once: a sentence that is repeated is remarked on once.
        """
        roster = Roster(draft.people, self.rules.ambiguous, self.rules.verbs)
        readings = {name: read(text, roster) for name, text in draft.sections.items()}
        found: dict[str, Finding] = {}
        for name, reading in readings.items():
            for finding in self._words(name, reading, draft):
                found.setdefault(finding.id, finding)
        for finding in check_forms(readings, draft.timeline, draft.severity_words, self.rules):
            found.setdefault(finding.id, finding)
        return tuple(found.values())

    def _words(self, section: str, reading: Reading, draft: Draft) -> Iterator[Finding]:
        rules = (rule for rule in self.rules.words if rule.applies(section) and _is_asked(rule, draft))
        for spot in _told([spot for rule in rules for spot in islice(_spots(rule, reading), MOST_OF_A_RULE)]):
            sentence = reading.source[slice(*reading.sentence(spot.start))]
            words = reading.source[spot.start : spot.end]
            place = reading.place(spot.start, spot.end)
            yield finding_of(spot.rule.advice, section, sentence, place, words)


def _is_asked(rule: WordRule, draft: Draft) -> bool:
    return draft.partial or rule.advice.family != "severity-words"


def _spots(rule: WordRule, reading: Reading) -> Iterator[_Spot]:
    """Return the first find of the rule in each sentence that does not take it back."""
    passed = 0
    for match in islice(rule.pattern.finditer(reading.prose), MOST_LOOKED_AT):
        start, end = match.span()
        if start < passed:
            continue
        start += len(reading.prose[start:end]) - len(reading.prose[start:end].lstrip())
        first, passed = reading.sentence(start)
        if rule.unless is None or not rule.unless.search(reading.prose[first:passed]):
            yield _Spot(rule, start, end, first)


def _told(spots: list[_Spot]) -> list[_Spot]:
    """Return the spots in the order of the text, but those that another one covers; of equal ones the first counts."""
    kept: list[_Spot] = []
    here: list[_Spot] = []
    for spot in sorted(spots, key=lambda spot: (spot.sentence, spot.weight, spot.start - spot.end)):
        if here and here[0].sentence != spot.sentence:
            here = []
        if not any(other.covers(spot) for other in here):
            here.append(spot)
            kept.append(spot)
    return sorted(kept, key=lambda spot: (spot.start, spot.weight))
