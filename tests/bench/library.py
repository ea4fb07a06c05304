"""How long searches of the library take, among 1,000 postmortems and among 100,000: `make bench`.

One gateway of a stack on this machine is asked over HTTP, one request at a time, in a mix of all kinds. The postmortems
are generated and put into its database as it would have written them itself.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.local import stack
from deploy.local.run import Run
from services.gateway.domain.search import order_of
from services.gateway.store import MongoLibrary
from services.gateway.store.searching import INDEXES, LEADS
from shared.contracts.base import postmortem_id
from shared.mongo import Row, connect, database
from tests.bench.library_texts import FACTORS, OWNERS, SERVICES, TAGS, WORDS, Writer, moment
from tests.bench.ratios import keep

FEW, MANY, ROUNDS = 1_000, 100_000, 150
AT_ONCE, TEXTS = 500, 10_000
CACHE = "2G"
"""Of MongoDB, which has a quarter of a gigabyte where people try Afterword out."""
OK, TOO_WIDE = 200, 422
API = "/v1/postmortems"
HEAD = "| | p50 ms | p99 ms | p50 ms | p99 ms | ratio of p99 |\n|---|--:|--:|--:|--:|--:|\n"


@dataclass
class Asker:
    """Asks in all ways, each time for something else."""

    phrases: list[str]
    pick: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - no secret
    cursor: str | None = None
    refused: int = 0

    def ways(self) -> dict[str, Callable[[], tuple[str, dict[str, str]]]]:
        """Return what is asked for: a path and its query, by the name of the kind."""
        pick = self.pick
        several = [*self._filters()]
        return {
            "no search at all (floor)": lambda: ("/health/live", {}),
            "first page": lambda: (API, {}),
            **{f"filter: {name}": partial(_filtered, name, of) for name, of in several},
            "three filters": lambda: (API, {name: of() for name, of in several[:3]}),
            "frequent word": lambda: (API, {"q": self._word(0, 50)}),
            "rare word": lambda: (API, {"q": self._word(15_000, 29_000)}),
            "two words": lambda: (API, {"q": f"{self._word(50, 1000)} {self._word(50, 1000)}"}),
            "frequent with rare": lambda: (API, {"q": f"{self._word(0, 20)} {self._word(5_000, 20_000)}"}),
            "phrase, rare word": lambda: (API, {"q": f'"{pick.choice(self.phrases)}"'}),
            "phrase, usual words": lambda: (API, {"q": f'"{pick.choice(FACTORS)}"'}),
            "nothing found": lambda: (API, {"q": f"{self._word(500, 5_000)}x"}),
            "word and filter": lambda: (API, {"q": self._word(0, 500), "service": pick.choice(SERVICES)}),
            "deep page": lambda: (API, {"limit": "20", **({"cursor": self.cursor} if self.cursor else {})}),
            "facets of all": lambda: ("/v1/facets", {}),
            "facets of a word": lambda: ("/v1/facets", {"q": self._word(0, 500)}),
            "page of the library": lambda: ("/library", {"q": self._word(0, 500)}),
        }

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


def _filtered(name: str, of: Callable[[], str]) -> tuple[str, dict[str, str]]:
    return API, {name: of()}


def fill(run: Run, writer: Writer, since: int, until: int) -> None:
    """Put postmortems into the gateway's database, with the large index made behind them. Waits until it is there."""
    client: MongoClient[Any] = MongoClient(run.mongo_url)
    client.admin.command({"setParameter": 1, "wiredTigerEngineRuntimeConfig": f"cache_size={CACHE}"})
    library = MongoLibrary(database(connect(run.mongo_url), "afterword_gateway"))
    rows = client["afterword_gateway"]["library"]
    with suppress(OperationFailure):
        rows.drop_index(LEADS)
    for n, batch in _batches(_rows(library, writer, since, until), since):
        rows.insert_many(batch, ordered=False)
        sys.stderr.write(f"\r{n:,} postmortems")
    sys.stderr.write("\n")
    rows.create_index(list(INDEXES[LEADS]), name=LEADS)
    client.close()


def _rows(library: MongoLibrary, writer: Writer, since: int, until: int) -> Iterator[Row]:
    """Return rows as the gateway writes them; later ones have the texts of the first, at other times."""
    written: list[Row] = []
    for view in writer.views(since, min(until, since + TEXTS), until):
        rest: Row = {"handled": [], "outbox": []}
        written.append(
            {"_id": view.id, "version": 1, "state": view.model_dump(mode="json"), "find": library.find(view), **rest}
        )
        yield written[-1]
    for n in range(since + TEXTS, until):
        at, id = moment(n, until), postmortem_id("bench", str(n))
        row = written[n % TEXTS]
        state = {**row["state"], "id": id, "created_at": at.isoformat()}
        yield {**row, "_id": id, "state": state, "find": {**row["find"], "created_at": at, "order": order_of((at, id))}}


def _batches(rows: Iterator[Row], since: int) -> Iterator[tuple[int, list[Row]]]:
    while batch := list(islice(rows, AT_ONCE)):
        since += len(batch)
        yield since, batch


def measure(run: Run, asker: Asker, rounds: int) -> dict[str, list[float]]:
    """Ask in turns; return the milliseconds of each kind. Raises: RuntimeError for an answer that is none."""
    email, key = next((email, known["key"]) for email, known in run.keys.items() if known["role"] == "engineer")
    asker.cursor = None
    taken: dict[str, list[float]] = {name: [] for name in asker.ways()}
    with httpx.Client(base_url=run.gateway_url, timeout=30) as browser:
        browser.post("/sign-in", data={"as": email})
        browser.headers["Authorization"] = f"Bearer {key}"
        for number in range(rounds + 10):
            for name, way in asker.ways().items():
                took = _asked(browser, asker, name, *way())
                if number >= 10:
                    taken[name].append(took)
    return taken


def _asked(browser: httpx.Client, asker: Asker, name: str, path: str, query: dict[str, str]) -> float:
    begun = time.perf_counter()
    answer = browser.get(path, params=query, headers={"Accept": "text/html"} if path == "/library" else {})
    took = 1000 * (time.perf_counter() - begun)
    if answer.status_code == TOO_WIDE:
        asker.refused += 1
    elif answer.status_code != OK:
        msg = f"{name}: {path} {query} was answered {answer.status_code}: {answer.text[:300]}"
        raise RuntimeError(msg)
    if name == "deep page":
        asker.cursor = answer.json()["next_cursor"]
    return took


def told(few: dict[str, list[float]], many: dict[str, list[float]]) -> str:
    """Lay the latencies out, those of few postmortems beside those of many."""
    lines = []
    for name, times_of_few in few.items():
        cuts = [quantiles(times, n=100) for times in (times_of_few, many[name])]
        figures = " | ".join(f"{cut[49]:,.1f} | {cut[98]:,.1f}" for cut in cuts)
        lines.append(f"| {name} | {figures} | {cuts[1][98] / cuts[0][98]:.2f} |")
    return HEAD + "\n".join(lines) + "\n"


def _size(run: Run) -> str:
    with MongoClient[Any](run.mongo_url) as client:
        stats = client["afterword_gateway"].command("collstats", "library")
    index, data = (f"{size / 2**20:,.0f} MB" for size in (stats["indexSizes"][LEADS], stats["size"]))
    return f"{stats['count']:,} postmortems of {data} in all, their index {index}"


def main() -> None:
    """Measure, and print tables."""
    asked = argparse.ArgumentParser(description="How long searches of the library take.")
    asked.add_argument("--many", type=int, default=MANY)
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = stack.up(Path(folder))
        try:
            writer = Writer()
            fill(run, writer, 0, FEW)
            asker = Asker(writer.phrases)
            few = measure(run, asker, wanted.rounds)
            fill(run, writer, FEW, wanted.many)
            sys.stdout.write(f"{_size(run)}; load average {os.getloadavg()[0]:.1f}\n\n")
            many = measure(run, asker, wanted.rounds)
            sys.stdout.write(told(few, many))
            keep("library", {name: median(few[name]) / median(many[name]) for name in few})
            sys.stdout.write(f"\n{asker.refused} searches were too wide\n")
        finally:
            stack.down(Path(folder))


if __name__ == "__main__":
    main()
