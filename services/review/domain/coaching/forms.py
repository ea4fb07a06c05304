"""What a program can tell of the six questions of a review without reading words: what is missing or alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.review.domain.coaching.findings import Finding, finding_of
from services.review.domain.coaching.reading import Reading
from services.review.domain.coaching.rules import Rules

EXTERNAL = "external_"
_ITEM = re.compile(r"^[ \t]{0,3}(?:[-*+]|\d{1,9}[.)])[ \t]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline: what happened, and the links, graphs or messages that show it."""

    text: str
    evidence: tuple[str, ...] = ()


def check_forms(
    readings: Mapping[str, Reading], timeline: Iterable[Moment], severity_words: str, rules: Rules
) -> Iterator[Finding]:
    """Return what is missing or stands alone; sections that the report does not have are not asked for."""
    yield from _missing(readings, rules)
    yield from _factors(readings, rules)
    yield from _impact(readings, rules)
    yield from _severity(readings, severity_words, rules)
    yield from _timeline(timeline, rules)


def _missing(readings: Mapping[str, Reading], rules: Rules) -> Iterator[Finding]:
    well = readings.get("what_went_well")
    if well and _is_empty(well) and (advice := rules.form("nothing-went-well")):
        yield finding_of(advice, "what_went_well", "")
    external = [(name, reading) for name, reading in readings.items() if name.startswith(EXTERNAL)]
    if external and all(_is_empty(each) for _, each in external) and (advice := rules.form("no-external-message")):
        yield finding_of(advice, external[0][0], "")


def _is_empty(reading: Reading) -> bool:
    return not reading.prose.strip()


def _factors(readings: Mapping[str, Reading], rules: Rules) -> Iterator[Finding]:
    reading = readings.get("contributing_factors")
    advice = rules.form("single-factor")
    if reading is None or advice is None or _is_empty(reading):
        return
    items = len(_ITEM.findall(reading.source))
    sentences = list(reading.spans())
    if items == 1 or (not items and len(sentences) == 1):
        start, end = sentences[0]
        yield finding_of(advice, "contributing_factors", reading.source[start:end], reading.place(start, end))


def _impact(readings: Mapping[str, Reading], rules: Rules) -> Iterator[Finding]:
    reading = readings.get("impact")
    advice = rules.form("impact-without-numbers")
    if reading and advice and not _is_empty(reading) and not re.search(r"\d", reading.source):
        yield finding_of(advice, "impact", reading.source)


def _severity(readings: Mapping[str, Reading], words: str, rules: Rules) -> Iterator[Finding]:
    advice = rules.form("internal-severity")
    if advice is None or not words.strip():
        return
    for name, reading in readings.items():
        found = _whole(words).search(reading.source) if name.startswith(EXTERNAL) else None
        if found:
            first, last = reading.sentence(found.start())
            place = reading.place(*found.span())
            yield finding_of(advice, name, reading.source[first:last], place, found[0])


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(words.strip())}(?!\w)", re.IGNORECASE)


def _timeline(timeline: Iterable[Moment], rules: Rules) -> Iterator[Finding]:
    if advice := rules.form("no-evidence"):
        for moment in timeline:
            if not moment.evidence:
                yield finding_of(advice, "timeline", moment.text, words=moment.text)
