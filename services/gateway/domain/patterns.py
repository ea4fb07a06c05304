"""What coaching found in one postmortem, as counts: in what was written first, and in what there is by now. Pure.

Neither text nor people: what a remark is about, its words and who dismissed it stay where they are. A word that is none
of a rule's (`OTHER`) is not kept either, so that nothing else gets in by the name of a section or a family.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from shared.contracts.coaching import Remark, RevisionChecked

OTHER = "other"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_BIAS = re.compile(r"[a-z][a-z '-]{0,59}")
OPENED = 1
"""The revision that is made out of the incident: nobody has written in it yet."""
Counts = dict[str, int]
"""How many remarks there are of each kind, as `Kind` writes it: one word, since thousands of them are read at once."""


class Kind(NamedTuple):
    """What remarks are told apart by."""

    section: str
    family: str
    severity: str

    @classmethod
    def of(cls, remark: Remark) -> Kind:
        """Return a remark's kind."""
        return cls(_name(remark.section), _name(remark.family), remark.severity.value)

    @classmethod
    def read(cls, word: str) -> Kind:
        """Return the kind that was written so."""
        return cls(*word.split("/"))

    def __str__(self) -> str:
        return "/".join(self)


class Checked(BaseModel):
    """What was found in one revision; `stamp` is its fact's own. `biases` are those behind its families."""

    model_config = ConfigDict(frozen=True)

    revision: int
    version: int = 0
    at: datetime
    stamp: tuple[datetime, str]
    remarks: Counts = {}
    dismissed: Counts = {}
    biases: dict[str, str] = {}


class Patterns(BaseModel):
    """The first revision that was checked, and the newest; None until one is."""

    model_config = ConfigDict(frozen=True)

    first: Checked | None = None
    last: Checked | None = None


class Remarks(BaseModel):
    """The remarks that a postmortem had at first and has by now, how many of these are dismissed, and their biases."""

    model_config = ConfigDict(frozen=True)

    first: Counts = {}
    last: Counts = {}
    dismissed: Counts = {}
    biases: dict[str, str] = {}


def heard(known: Patterns, event: RevisionChecked, stamp: tuple[datetime, str]) -> Patterns:
    """Return what is known with one more check, whatever order checks come in; of two of a revision the later holds."""
    check = _checked(event, stamp)
    first, last = known.first or check, known.last or check
    return Patterns(first=_first(first, check), last=max(last, check, key=_age))


def remarks(known: Patterns) -> Remarks | None:
    """Return a postmortem's remarks, or None when nothing of it was checked."""
    first, last = known.first, known.last
    if first is None or last is None:
        return None
    biases = {**first.biases, **last.biases}
    return Remarks(first=first.remarks, last=last.remarks, dismissed=last.dismissed, biases=biases)


def _first(known: Checked, check: Checked) -> Checked:
    if known.revision == check.revision:
        return max(known, check, key=_age)
    return min(known, check, key=lambda each: (each.revision == OPENED, each.revision))


def _age(check: Checked) -> tuple[int, int, datetime, tuple[datetime, str]]:
    return check.revision, check.version, check.at, check.stamp


def _checked(event: RevisionChecked, stamp: tuple[datetime, str]) -> Checked:
    return Checked(
        revision=event.revision,
        version=event.version,
        at=event.at,
        stamp=stamp,
        remarks=_counts(event.remarks),
        dismissed=_counts(each for each in event.remarks if each.dismissed),
        biases={_name(each.family): each.bias for each in event.remarks if _BIAS.fullmatch(each.bias)},
    )


def _counts(found: Iterable[Remark]) -> Counts:
    return dict(sorted(Counter(str(Kind.of(each)) for each in found).items()))


def _name(word: str) -> str:
    return word if _NAME.fullmatch(word) else OTHER
