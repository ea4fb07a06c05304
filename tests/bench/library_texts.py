"""Postmortems for the bench of the library: words as frequent as in real texts, six sections, 3 to 10 KB each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from services.gateway.domain.view import View, project
from shared.contracts.base import Owner, Severity, content_hash, postmortem_id
from shared.contracts.events import DraftCreated, Published
from shared.contracts.values import Incident

VOCABULARY = 30_000
SECTIONS = ("overview", "what_happened", "contributing_factors", "impact", "what_went_well", "lessons")
SERVICES = tuple(f"service-{n}" for n in range(200))
TAGS = tuple(f"tag-{n}" for n in range(100))
OWNERS = tuple(f"owner-{n}@example.com" for n in range(300))
START = datetime(2021, 1, 1, tzinfo=UTC)
_BEGINNINGS = ("b", "c", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v", "w")
_ENDINGS = ("a", "ar", "e", "el", "en", "i", "in", "o", "on", "ot", "u", "un")
SHORTEST, LONGEST = 70, 230
"""Words of a section: some 450 to 1,400 of a postmortem, which are 3 to 10 KB."""


def word(n: int) -> str:
    """Return the n-th word of a language that nobody speaks; the first ones are the short and frequent ones."""
    text = ""
    while n or not text:
        n, syllable = divmod(n, len(_BEGINNINGS) * len(_ENDINGS))
        first, last = divmod(syllable, len(_ENDINGS))
        text += _BEGINNINGS[first] + _ENDINGS[last]
    return text


WORDS = tuple(word(n) for n in range(VOCABULARY))
_WEIGHTS = tuple(accumulate(1 / (rank + 1) for rank in range(VOCABULARY)))
RANKS = {word: rank for rank, word in enumerate(WORDS)}
RARE = 5_000
FACTORS = tuple(f"{WORDS[200 + n]} {WORDS[400 + n]}" for n in range(150))


def moment(n: int, of: int) -> datetime:
    """Return when the n-th of so many postmortems was begun: they are spread over five years."""
    return START + timedelta(days=5 * 365) * n / of


@dataclass
class Writer:
    """Writes postmortems, the same ones for the same seed, and remembers some phrases of them."""

    seed: int = 1
    phrases: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - no secret

    def views(self, since: int, until: int, of: int) -> Iterator[View]:
        """Return the postmortems of these numbers; `of` so many are spread over five years."""
        for n in range(since, until):
            yield self._view(n, moment(n, of))

    def _view(self, n: int, at: datetime) -> View:
        pick = self.random
        draft = self._draft(n, at)
        view = project(None, draft, (at, f"d-{n}"))
        if pick.random() < 0.9:
            out = {"revision": 1, "content_hash": draft.content_hash, "published_at": at + timedelta(days=4)}
            about = {
                name: getattr(draft, name) for name in ("postmortem_id", "title", "severity", "services", "report")
            }
            said = Published.model_validate({**about, **out, "lists": [], "recipients": 5})
            view = project(view, said, (at + timedelta(days=4), f"p-{n}"))
        return view

    def _draft(self, n: int, at: datetime) -> DraftCreated:
        pick = self.random
        report = {name: self._text() for name in SECTIONS}
        report["contributing_factors"] = "".join(
            f"- **{each}**: {self._text(20)}\n" for each in pick.sample(FACTORS, 3)
        )
        title = " ".join(pick.choices(WORDS, cum_weights=_WEIGHTS, k=6)).capitalize()
        severity, services = pick.choice(list(Severity)), tuple(pick.sample(SERVICES, pick.randint(1, 3)))
        if n % 5 == 0:
            self._remember(report["what_happened"].split()[10:13])
        given: dict[str, Any] = {
            "postmortem_id": postmortem_id("bench", str(n)),
            "revision": 1,
            "title": title,
            "severity": severity,
            "services": services,
            "content_hash": content_hash(title, severity, services, report),
            "owner": Owner(name="Olga Owner", email=pick.choice(OWNERS)),
            "deadline": at + timedelta(days=5),
            "report": report,
            "tags": tuple(pick.sample(TAGS, pick.randint(0, 3))),
            "incident": Incident(
                source="bench", external_id=str(n), started_at=at - timedelta(hours=3), resolved_at=at
            ),
            "restricted": n % 100 == 99,
        }
        return DraftCreated(**given)

    def _remember(self, words: list[str]) -> None:
        """Keep words for a phrase when one of them is rare: words keep no company here, as real ones do.

        Three that are everywhere stand side by side almost nowhere, and nobody looks for those.
        """
        if any(RANKS.get(word, 0) > RARE for word in words):
            self.phrases.append(" ".join(words))

    def _text(self, words: int | None = None) -> str:
        count = words or self.random.randint(SHORTEST, LONGEST)
        return " ".join(self.random.choices(WORDS, cum_weights=_WEIGHTS, k=count)).capitalize() + "."
