"""What a library is asked in the bench of searches, and one way to ask it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import httpx

from deploy.local.run import Run
from tests.bench.library_texts import FACTORS, OWNERS, SERVICES, TAGS, WORDS

OK, TOO_WIDE = 200, 422
API, FACETS, PAGE = "/v1/postmortems", "/v1/facets", "/library"
DEEP, FLOOR = "deep page", "no search at all (floor)"
A_PAGE = 50


class Question(NamedTuple):
    """What is asked for."""

    path: str
    query: dict[str, str]


class Answered(NamedTuple):
    """How many milliseconds an answer took, how many postmortems it shows or counts, and whether it was refused."""

    ms: float
    shown: int
    refused: bool = False


@dataclass
class Questions:
    """Questions of all kinds, each time another one."""

    phrases: list[str]
    pick: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - no secret

    def kinds(self) -> dict[str, Callable[[], Question]]:
        """Return how a question of each kind is made, by its name."""
        pick = self.pick
        several = [*self._filters()]
        return {
            FLOOR: lambda: Question("/health/live", {}),
            "first page": lambda: Question(API, {}),
            **{f"filter: {name}": partial(_filtered, name, of) for name, of in several},
            "three filters": lambda: Question(API, {name: of() for name, of in several[:3]}),
            "frequent word": lambda: _searched(self._word(0, 50)),
            "rare word": lambda: _searched(self._word(15_000, 29_000)),
            "two words": lambda: _searched(f"{self._word(50, 1000)} {self._word(50, 1000)}"),
            "frequent with rare": lambda: _searched(f"{self._word(0, 20)} {self._word(5_000, 20_000)}"),
            "phrase, rare word": lambda: _searched(f'"{pick.choice(self.phrases)}"'),
            "phrase, usual words": lambda: _searched(f'"{pick.choice(FACTORS)}"'),
            "nothing found": lambda: _searched(f"{self._word(500, 5_000)}x"),
            "word and filter": lambda: Question(API, {"q": self._word(0, 500), "service": pick.choice(SERVICES)}),
            DEEP: lambda: Question(API, {"limit": "20"}),
            "facets of all": lambda: Question(FACETS, {}),
            "facets of a word": lambda: Question(FACETS, {"q": self._word(0, 500)}),
            "page of the library": lambda: Question(PAGE, {"q": self._word(0, 500)}),
        }

    def alike(self) -> dict[str, Callable[[], Question]]:
        """Return the kinds of which both libraries can show as much: facets only of what nearly all have."""
        usual: dict[str, Callable[[], Question]] = {
            "facets of a word": lambda: Question(FACETS, {"q": self._word(0, 20)}),
            "page of the library": lambda: Question(PAGE, {"q": self._word(0, 20)}),
        }
        return {**self.kinds(), **usual}

    def _filters(self) -> Iterator[tuple[str, Callable[[], str]]]:
        pick = self.pick
        yield "severity", lambda: pick.choice(["sev1", "sev2", "sev3"])
        yield "service", lambda: pick.choice(SERVICES)
        yield "tag", lambda: pick.choice(TAGS)
        yield "status", lambda: pick.choice(["draft", "published"])
        yield "owner", lambda: pick.choice(OWNERS)
        yield "month", lambda: f"{pick.randint(2021, 2025)}-{pick.randint(1, 12):02}"
        yield "factor", lambda: pick.choice(FACTORS)
        yield "timeliness", lambda: pick.choice(["late", "done"])

    def _word(self, first: int, last: int) -> str:
        return WORDS[self.pick.randint(first, last)]


def _searched(q: str) -> Question:
    return Question(API, {"q": q})


def _filtered(name: str, of: Callable[[], str]) -> Question:
    return Question(API, {name: of()})


class Asker:
    """Somebody who asks one library, one question at a time over one connection."""

    def __init__(self, run: Run) -> None:
        email, key = next((email, known["key"]) for email, known in run.keys.items() if known["role"] == "engineer")
        self.browser = httpx.Client(base_url=run.gateway_url, timeout=30)
        self.browser.post("/sign-in", data={"as": email})
        self.browser.headers["Authorization"] = f"Bearer {key}"
        self.cursor: str | None = None

    def ask(self, kind: str, question: Question, limit: int | None = None) -> Answered:
        """Ask, for a page of so many. Raises: RuntimeError for an answer that is none."""
        path, query = question
        asked = {**query, **({"limit": str(limit)} if limit and path == API else {})}
        if kind == DEEP and self.cursor:
            asked["cursor"] = self.cursor
        begun = time.perf_counter()
        answer = self.browser.get(path, params=asked, headers={"Accept": "text/html"} if path == PAGE else {})
        took = 1000 * (time.perf_counter() - begun)
        if answer.status_code not in (OK, TOO_WIDE):
            msg = f"{kind}: {path} {asked} was answered {answer.status_code}: {answer.text[:300]}"
            raise RuntimeError(msg)
        return Answered(took, self._shown(kind, path, answer), refused=answer.status_code == TOO_WIDE)

    def _shown(self, kind: str, path: str, answer: httpx.Response) -> int:
        if path == PAGE:
            return answer.text.count('<h3 dir="auto">')
        content = answer.json()
        if kind == DEEP:
            self.cursor = content["next_cursor"]
        return int(content["counted"]) if "counted" in content else len(content.get("items", ()))
