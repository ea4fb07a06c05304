"""How often the rules are right: over labelled sentences and neutral summaries."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from services.review.adapters import builtin
from services.review.domain.coaching import Coach, Draft, Finding
from shared.contracts.coaching import RemarkSeverity as Severity
from tests.unit.review.coaching.summaries import HOW_MANY, summaries

HERE = Path(__file__).parent
COACH = Coach(builtin())
EVERY_THIRD = 3
"""The last of every three sentences was held out while the rules were written; those of `later` mended them."""

LATER = "later"


class Labelled(NamedTuple):
    text: str
    family: str
    found: tuple[Finding, ...]

    def is_error(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.found)


def labelled(name: str) -> list[Labelled]:
    table = tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))
    people = tuple(table["people"])
    return [
        Labelled(text, family, COACH.check(Draft({"overview": text}, people)))
        for family, texts in table["sentences"].items()
        for text in texts
    ]


BLAMEFUL, SOFTER, NEUTRAL = labelled("blameful"), labelled("softer"), labelled("neutral")


def test_half_of_the_set_is_neutral_and_no_sentence_stands_twice() -> None:
    every = [each.text for each in (*BLAMEFUL, *SOFTER, *NEUTRAL)]
    assert len(BLAMEFUL) + len(NEUTRAL) >= 300
    assert len(NEUTRAL) >= len(BLAMEFUL) >= 150
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("held_out", [False, True], ids=["written with", "held out"])
def test_what_is_called_an_error_blames_somebody_and_what_blames_is_found(held_out: bool) -> None:
    blameful, softer, neutral = (_part(each, held_out) for each in (BLAMEFUL, SOFTER, NEUTRAL))
    right = sum(each.is_error() for each in blameful)
    wrong = sum(each.is_error() for each in (*softer, *neutral))
    assert right / (right + wrong) >= 0.95, [each.text for each in (*softer, *neutral) if each.is_error()]
    assert right / len(blameful) >= 0.9, [each.text for each in blameful if not each.is_error()]


def test_what_is_told_in_hindsight_is_remarked_on_in_its_family_but_is_no_error() -> None:
    named = [each for each in SOFTER if each.family in {f.advice.family.replace("-", "_") for f in each.found}]
    assert len(named) / len(SOFTER) >= 0.9
    assert not [each.text for each in SOFTER if each.is_error()]


def test_neutral_prose_is_left_alone_nearly_always() -> None:
    assert sum(bool(each.found) for each in NEUTRAL) / len(NEUTRAL) <= 0.03


def test_neutral_summaries_are_hardly_ever_called_an_error() -> None:
    texts = summaries()
    assert len(set(texts)) == HOW_MANY == 240
    errors = [
        (finding.advice.name, finding.words)
        for text in texts
        for finding in COACH.check(Draft({"overview": text}))
        if finding.severity is Severity.ERROR
    ]
    assert len(errors) <= 5, errors


def _part(sentences: list[Labelled], held_out: bool) -> list[Labelled]:
    return [
        each
        for at, each in enumerate(sentences)
        if (at % EVERY_THIRD == EVERY_THIRD - 1 and each.family != LATER) is held_out
    ]
