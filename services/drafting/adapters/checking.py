"""The check itself: rules are run over each section, what they find is placed, masked and named."""

from __future__ import annotations

import hmac
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from services.drafting.adapters.patterns import Pattern, Rule
from shared.contracts.findings import Finding
from shared.keeping import Keeping

PURPOSE = b"findings.v1"
MOST_OF_A_RULE = 100
"""How often one rule is named in one section; the next find stands for all the rest of the section."""
MOST_LOOKED_AT = 2_500
"""How many different texts one rule looks at closer in one section; the next one stands for all the rest, too."""
MOST_CLEAN = 10_000
"""How many texts are known to hold nothing, at 200 bytes each."""
_BREAK = re.compile(rb"\r\n|\n|\r")
VISIBLE = 4


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a rule found something: bytes from `start` to `end` of a section."""

    rule: Rule
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Checker:
    """Looks through texts; what matches one of `allowed` as a whole is none of its business.

    The ids of findings are made with `key`, so that who knows one cannot try out what it was made from. An edit changes
    a section or two, and the others often say what the template says: texts in which nothing was found are `clean`, by
    their hash, and not looked through again.
    """

    rules: tuple[Rule, ...]
    allowed: tuple[Pattern, ...] = ()
    key: bytes = field(default=b"", repr=False)
    clean: Keeping[bytes, bool] = field(default_factory=lambda: Keeping(MOST_CLEAN), repr=False, compare=False)

    @classmethod
    def of(cls, secret: str, rules: tuple[Rule, ...], allowed: tuple[Pattern, ...] = ()) -> Checker:
        """Return the check of an installation with this secret."""
        return cls(rules, allowed, hmac.digest(secret.encode(), PURPOSE, "sha256"))

    def check(self, postmortem_id: str, sections: Iterable[tuple[str, str]]) -> tuple[Finding, ...]:
        """Return what is found in the sections, in the order in which it stands there."""
        return tuple(
            finding for section, text in sections if text for finding in self._section(postmortem_id, section, text)
        )

    def _section(self, postmortem_id: str, section: str, text: str) -> Iterator[Finding]:
        data = _bytes(text)
        spots = self._found(data)
        lines = [0, *(match.end() for match in _BREAK.finditer(data))] if spots else []
        for spot in spots:
            secret = _text(data, spot)
            (line, column), (end_line, end_column) = (_place(data, lines, at) for at in (spot.start, spot.end))
            yield Finding(
                id=self._id(postmortem_id, spot.rule.name, section, secret),
                rule=spot.rule.name,
                kind=spot.rule.kind,
                section=section,
                line=line,
                column=column,
                end_line=end_line,
                end_column=end_column,
                what=spot.rule.what,
                excerpt=masked(secret),
                hint=spot.rule.hint,
            )

    def _found(self, data: bytes) -> list[Spot]:
        digest = sha256(data).digest()
        if self.clean.get(digest):
            return []
        spots = outermost(spot for rule in self.rules for spot in self._spots(rule, data))
        if not spots:
            self.clean.put(digest, True)
        return spots

    def _spots(self, rule: Rule, data: bytes) -> Iterator[Spot]:
        """Return where the rule finds something. Bounded: RE2 may look through all the rest for each find."""
        seen: dict[str, bool] = {}
        left = MOST_OF_A_RULE
        for match in rule.pattern.finditer(data):
            spot = Spot(rule, *match.span(rule.group))
            text = _text(data, spot)
            if text not in seen:
                seen[text] = rule.is_one(text) and not self._is_allowed(text)
            if not left or len(seen) > MOST_LOOKED_AT:
                yield Spot(rule, spot.start, len(data))
                return
            if seen[text]:
                left -= 1
                yield spot

    def _is_allowed(self, text: str) -> bool:
        return any(pattern.fullmatch(_bytes(text)) for pattern in self.allowed)

    def _id(self, *words: str) -> str:
        return hmac.digest(self.key, _bytes("\0".join(words)), "sha256").hex()[:16]


def outermost(spots: Iterable[Spot]) -> list[Spot]:
    """Return those that lie in no other one, in the order of the text; of equal ones the first counts."""
    kept: list[Spot] = []
    reached = 0
    for spot in sorted(spots, key=lambda spot: (spot.start, -spot.end)):
        if spot.end > reached:
            kept.append(spot)
            reached = spot.end
    return kept


def masked(secret: str) -> str:
    """Return how it begins and how long it is: a quarter at most, and never more than four characters."""
    start = secret[: min(VISIBLE, len(secret) // VISIBLE)]
    return f"{' '.join(start.split())}… {len(secret)} characters"


def _place(data: bytes, lines: list[int], at: int) -> tuple[int, int]:
    """Return line and column of a byte, both from 1; columns are characters."""
    line = bisect_right(lines, at)
    return line, len(data[lines[line - 1] : at].decode("utf-8", "replace")) + 1


def _text(data: bytes, spot: Spot) -> str:
    return data[spot.start : spot.end].decode("utf-8", "surrogatepass")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
