"""What a program can tell of the six questions of a review without reading words: what is missing or alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from services.review.domain.coaching.findings import Finding, finding_of
from services.review.domain.coaching.reading import Reading
from services.review.domain.coaching.rules import Advice, Rules

EXTERNAL = "external_"
_ITEM = re.compile(r"^[ \t]{0,3}(?:[-*+]|\d{1,9}[.)])[ \t]", re.MULTILINE)
_ENTRY = re.compile(r"^[ \t]{0,3}((?:[-*+]|\d{1,9}[.)])[ \t][^\n]*|\|[^\n]*\d\d?[:.h]\d\d[^\n]*)", re.MULTILINE)
"""An entry of a timeline: an item of a list, or a row of a table with a time in it."""
_EVIDENCE = re.compile(r"\]\(|https?://")
_ACRONYM = re.compile(r"\b[A-Z]{3,5}\b")
_EXPLAINED = re.compile(r"\(([A-Z]{3,5})\)|\b([A-Z]{3,5}) \(")
FEWEST_SENTENCES = 3
MOST_WORDS = 45
"""After so many words of one sentence hardly anybody knows how it began."""
MOST_OF_A_FORM = 5
"""How often one form speaks of one section."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline: what happened, and the links, graphs or messages that show it."""

    text: str
    evidence: tuple[str, ...] = ()


def check_forms(
    readings: Mapping[str, Reading], timeline: Iterable[Moment], severity_words: Sequence[str], rules: Rules
) -> Iterator[Finding]:
    """Return what is missing or stands alone; sections that the report does not have are not asked for."""
    yield from _missing(readings, rules)
    yield from _factors(readings, rules)
    yield from _impact(readings, rules)
    yield from _severity(readings, severity_words, rules)
    yield from _timeline(readings, timeline, rules)
    yield from _account(readings, rules)
    yield from _long_sentences(readings, rules)
    yield from _acronyms(readings, rules)


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


def _severity(readings: Mapping[str, Reading], words: Sequence[str], rules: Rules) -> Iterator[Finding]:
    advice = rules.form("internal-severity")
    if advice is None:
        return
    for name, reading in readings.items():
        found = _first(words, reading.source) if name.startswith(EXTERNAL) else None
        if found:
            yield _at(advice, name, reading, *found.span())


def _first(words: Sequence[str], text: str) -> re.Match[str] | None:
    found = (_whole(word).search(text) for word in words if word.strip())
    return next((match for match in found if match), None)


def _whole(words: str) -> re.Pattern[str]:
    """Match a name of a severity; one without a number may be a word of every day, and counts as it is spelt."""
    flags = re.IGNORECASE if re.search(r"\d", words) else re.NOFLAG
    return re.compile(rf"(?<!\w){re.escape(words.strip())}(?!\w)", flags)


def _account(readings: Mapping[str, Reading], rules: Rules) -> Iterator[Finding]:
    reading = readings.get("what_happened")
    advice = rules.form("short-account")
    if reading and advice and not _is_empty(reading):
        spans = list(islice(reading.spans(), FEWEST_SENTENCES))
        if len(spans) < FEWEST_SENTENCES:
            yield finding_of(advice, "what_happened", reading.source, reading.place(spans[0][0], spans[-1][1]))


def _long_sentences(readings: Mapping[str, Reading], rules: Rules) -> Iterator[Finding]:
    if advice := rules.form("long-sentence"):
        for name, reading in readings.items():
            spans = (span for span in reading.spans() if len(reading.prose[slice(*span)].split()) > MOST_WORDS)
            yield from (_at(advice, name, reading, *span) for span in islice(spans, MOST_OF_A_FORM))


def _acronyms(readings: Mapping[str, Reading], rules: Rules) -> Iterator[Finding]:
    """Letters in the message for customers that nobody explains: `the BGP (Border Gateway Protocol)` is explained."""
    if advice := rules.form("unexplained-acronym"):
        for name, reading in readings.items():
            if name.startswith(EXTERNAL):
                prose = reading.prose.decode("ascii")
                explained = rules.acronyms | {found[1] or found[2] for found in _EXPLAINED.finditer(prose)}
                unknown = {found[0]: found.span() for found in _ACRONYM.finditer(prose) if found[0] not in explained}
                yield from (_at(advice, name, reading, *span) for span in islice(unknown.values(), MOST_OF_A_FORM))


def _timeline(readings: Mapping[str, Reading], timeline: Iterable[Moment], rules: Rules) -> Iterator[Finding]:
    """The first entry without evidence stands for all: of the section, or of what the incident's tool was told."""
    advice = rules.form("no-evidence")
    if advice is None:
        return
    reading = readings.get("timeline")
    entries = list(_ENTRY.finditer(reading.source)) if reading else []
    if reading and entries:
        bare = next((entry for entry in entries if not _EVIDENCE.search(entry[0])), None)
        if bare:
            yield _at(advice, "timeline", reading, *bare.span(1))
        return
    moment = next((each for each in timeline if not each.evidence), None)
    if moment:
        yield finding_of(advice, "timeline", moment.text, words=moment.text)


def _at(advice: Advice, section: str, reading: Reading, start: int, end: int) -> Finding:
    """Return the remark about these characters, in the sentence that they begin in."""
    sentence = reading.source[slice(*reading.sentence(start))]
    return finding_of(advice, section, sentence, reading.place(start, end), reading.source[start:end])
