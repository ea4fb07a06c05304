"""Whether an action item can be acted on, is specific, and has an end (guide: action items). Pure; English only.

Advice never blocks: words are counted here, and nobody understands them. What the words are stands in data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from shared.contracts.action_items import Advice

LONGEST = 200
_WORD = re.compile(r"(?<![/.])\b[a-z][a-z'\u2019]*(?:-[a-z'\u2019]+)*", re.IGNORECASE)
_LABEL = re.compile(r"^\s*(?:\[[^\]]*\]|[A-Z][A-Z0-9]*-\d+|todo)[:\s]+", re.IGNORECASE)
_NUMBER = re.compile(r"\d")
_EXACT = re.compile(r"`|https?://|\d|[A-Za-z]+[._/][A-Za-z]+")
"""What nobody writes of nothing in particular: code, links, numbers, names with dots and slashes in them."""
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words that advice goes by, in lower case; `told` has reason and hint of each rule."""

    verbs: frozenset[str]
    skipped: frozenset[str]
    vague: tuple[str, ...]
    unbounded: tuple[str, ...]
    attention: tuple[str, ...]
    endless: tuple[str, ...]
    ends: tuple[str, ...]
    general: frozenset[str]
    told: Mapping[str, tuple[str, str]]


def advise(text: str, wording: Wording) -> tuple[Advice, ...]:
    """Return what may be missing in an item's text, in the order of the rules, each rule at most once."""
    plain = _LABEL.sub("", text)
    words = [word.lower().replace("\u2019", "'") for word in _WORD.findall(plain)]
    while words and words[0] in wording.skipped:
        words = words[1:]
    rules = RULES if words else RULES_OF_LENGTH
    found = ((rule, look(plain, words, wording)) for rule, look in rules.items())
    return tuple(_advice(rule, said, wording) for rule, said in found if said is not None)


def _advice(rule: str, said: str, wording: Wording) -> Advice:
    reason, hint = wording.told[rule]
    return Advice(rule=rule, reason=reason.replace("{found}", said), hint=hint)


def _no_verb(_plain: str, words: list[str], wording: Wording) -> str | None:
    """An item says what to do; of a compound (re-enable, load-test) the last part may be the verb."""
    first = words[0]
    is_verb = first in wording.verbs or first.rpartition("-")[2] in wording.verbs
    return None if is_verb or _opening(words, (*wording.vague, *wording.unbounded, *wording.attention)) else first


def _attention(_plain: str, words: list[str], wording: Wording) -> str | None:
    return _phrase(words, wording.attention)


def _vague(plain: str, words: list[str], wording: Wording) -> str | None:
    """What is looked into has an end where something is done with it: “compare A and B and write down …”."""
    does_more = any(this == "and" and then in wording.verbs for this, then in pairwise(words))
    return None if does_more or _ends(plain, words, wording) else _opening(words, wording.vague)


def _unbounded(plain: str, words: list[str], wording: Wording) -> str | None:
    is_told = _ends(plain, words, wording) or _attention(plain, words, wording)
    return None if is_told else _opening(words, wording.unbounded)


def _endless(_plain: str, words: list[str], wording: Wording) -> str | None:
    return _phrase(words, wording.endless)


def _no_scope(plain: str, words: list[str], wording: Wording) -> str | None:
    """Name where: something must be left when the verb and words that fit everywhere are taken away."""
    if _EXACT.search(plain):
        return None
    rest = [word for word in words[1:] if word not in wording.general and word not in wording.verbs]
    return None if rest else " ".join(words[:6])


def _too_long(plain: str, _words: list[str], _wording: Wording) -> str | None:
    return str(len(plain.strip())) if len(plain.strip()) > LONGEST else None


def _several(plain: str, _words: list[str], _wording: Wording) -> str | None:
    points = len(_BULLET.findall(plain))
    return str(points) if points > 1 else None


RULES: dict[str, Callable[[str, list[str], Wording], str | None]] = {
    "no-verb": _no_verb,
    "asks-for-attention": _attention,
    "vague-verb": _vague,
    "no-end": _unbounded,
    "endless": _endless,
    "no-scope": _no_scope,
    "too-long": _too_long,
    "several-items": _several,
}
"""Each rule, by its id: it returns what it found in the text, or None."""
RULES_OF_LENGTH = {rule: RULES[rule] for rule in ("too-long", "several-items")}
"""What can be said of a text without one word that is read here."""


def _opening(words: list[str], phrases: Iterable[str]) -> str | None:
    """Return the phrase that the words begin with."""
    return next((phrase for phrase in phrases if words[: len(phrase.split())] == phrase.split()), None)


def _phrase(words: list[str], phrases: Iterable[str]) -> str | None:
    """Return the first phrase that stands anywhere in the words."""
    text = f" {' '.join(words)} "
    return next((phrase for phrase in phrases if f" {phrase} " in text), None)


def _ends(plain: str, words: list[str], wording: Wording) -> bool:
    """Say whether a text tells how far: in words, or by a number."""
    return bool(_NUMBER.search(_BULLET.sub("", plain)) or _phrase(words, wording.ends))
