"""Which word somebody meant who typed one that no postmortem has. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract

from services.gateway.domain.words import composed, folded, spans, tokens

SHORTEST = 4
"""Of fewer letters everything is near everything."""
MOST = 5
FAR = 7
"""From so many letters on two may be wrong."""


def is_word(text: str) -> bool:
    """Say whether it is a word that somebody may misspell: no number, no name with digits."""
    return len(text) >= SHORTEST and text.isalpha()


def typed(text: str) -> dict[str, str]:
    """Return the words of a search that may be misspelt, by their keys, without case and accents."""
    text = composed(text)
    words = ((span.key, folded(text[span.start : span.end])) for span in spans(text))
    return {key: word for key, word in words if is_word(word)}


def words_in(texts: Iterable[str]) -> set[str]:
    """Return the words of texts that somebody may misspell, without case and accents."""
    return {word for text in texts for word in map(folded, tokens(text)) if is_word(word)}


def nearest(word: str, known: Sequence[str]) -> list[tuple[str, int]]:
    """Return the known words that are nearest to this one, and how far each is: at most two letters."""
    most = 2 if len(word) >= FAR else 1
    found = extract(word, known, scorer=DamerauLevenshtein.distance, score_cutoff=most, limit=MOST)
    return [(word, int(far)) for word, far, _ in found]


def spelt(key: str, texts: Iterable[str]) -> str | None:
    """Return how texts spell the word of a key, in small letters; None when they do not have it."""
    for text in map(composed, texts):
        for span in spans(text):
            if span.key == key:
                return text[span.start : span.end].lower()
    return None


def corrected(text: str, better: dict[str, str]) -> str:
    """Return what was typed with other words in the place of those of these keys."""
    text, at, parts = composed(text), 0, []
    for span in spans(text):
        if span.key in better and span.start >= at:
            parts += [text[at : span.start], better[span.key]]
            at = span.end
    return "".join([*parts, text[at:]])
