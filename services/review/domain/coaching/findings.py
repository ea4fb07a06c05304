"""What the checker tells: where, which words, and what to consider. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from services.review.domain.coaching.rules import Advice
from shared.contracts.coaching import RemarkSeverity

_DECORATION = re.compile(r"[\s*_`~]+")
ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a section: lines and columns from 1, columns are characters; the end is exclusive."""

    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark. Its id is the same as long as rule, section and sentence are, so that a dismissal holds for the text.

    `words` are those that were found, as the author wrote them; empty when something is missing.
    """

    id: str
    section: str
    place: Place
    words: str
    advice: Advice

    @property
    def severity(self) -> RemarkSeverity:
        """Return how much it weighs."""
        return self.advice.severity


def finding_of(advice: Advice, section: str, sentence: str, place: Place | None = None, words: str = "") -> Finding:
    """Return the remark about a sentence of a section."""
    return Finding(identity(advice.name, section, sentence), section, place or Place(), words, advice)


def identity(rule: str, section: str, sentence: str) -> str:
    """Return the id of what a rule finds in a sentence; case, white space and emphasis make no difference."""
    said = "\0".join((rule, section, normalised(sentence)))
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]


def normalised(sentence: str) -> str:
    """Return a sentence without what changes when it is only laid out anew."""
    return _DECORATION.sub(" ", sentence).strip().casefold()
