"""What the checker looks for: rules of words, and rules of form. Data; an adapter reads it from files. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.contracts.coaching import RemarkSeverity


class Match(Protocol):
    """What a pattern finds."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """Return where it begins and ends, in bytes."""


class Pattern(Protocol):
    """A pattern that takes time in proportion to the text, whatever the text."""

    def finditer(self, text: bytes) -> Iterator[Match]:
        """Return its matches in a text."""

    def search(self, text: bytes) -> Match | None:
        """Return its first match in a text, or None."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What people are told of a rule: `name` and `family` for programs, the rest for the author.

    `message` says what is the matter, `bias` what lies behind it, `why` why it matters, `rewrite` what to consider.
    """

    name: str
    family: str
    severity: RemarkSeverity
    message: str
    bias: str
    why: str
    rewrite: str


@dataclass(frozen=True, slots=True)
class WordRule:
    """Words that are looked for in each sentence; `regex` is what they were written as, for editors.

    `unless`: a sentence in which this is found is left alone. `sections`: where it is looked for, everywhere when
    empty; a name that ends with `*` stands for all that begin so. `but`: where it is not looked for, in the same way.
    """

    advice: Advice
    pattern: Pattern
    regex: str
    unless: Pattern | None = None
    sections: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    def applies(self, section: str) -> bool:
        """Say whether the rule looks into this section."""
        return (not self.sections or _any(self.sections, section)) and not _any(self.but, section)


@dataclass(frozen=True, slots=True)
class Rules:
    """All there is to check.

    `ambiguous`: first and last names that are words, too, in lower case; alone they count only before one of `verbs`.
    `acronyms`: those that customers know.
    """

    words: tuple[WordRule, ...]
    forms: tuple[Advice, ...] = ()
    ambiguous: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    acronyms: frozenset[str] = frozenset()

    def form(self, name: str) -> Advice | None:
        """Return what is told of a rule of form, None when it is switched off."""
        return next((advice for advice in self.forms if advice.name == name), None)


def _any(patterns: tuple[str, ...], section: str) -> bool:
    return any(section.startswith(each[:-1]) if each.endswith("*") else section == each for each in patterns)
