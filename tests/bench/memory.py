"""Whether services grow while they work: `python -m tests.bench.memory --minutes 60`.

The whole stack takes a steady load of incidents that go the whole way; every ten seconds the resident memory of each
process is written down, in `.local/bench/memory.csv` as it comes. A ratio is what the first five minutes have in the
middle, to what the last five have.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx
import psutil
import uvloop

from deploy.local import stack
from deploy.local.processes import Process
from deploy.local.rooms import ROOMS
from deploy.local.run import Run
from deploy.local.site import Site
from tests.bench.memory_load import Load, company
from tests.bench.ratios import KEPT, keep

MINUTES, RATE, EVERY_S, SPAN_S = 60.0, 2.0, 10.0, 300.0
MB = 2**20
UNLIMITED = "1000000/second"


@dataclass
class Book:
    """What each process had, moment by moment: seconds since the load began, and MB by name."""

    pids: Mapping[str, int]
    rows: list[tuple[float, dict[str, float]]] = field(default_factory=list)

    def note(self, at: float) -> None:
        """Write down what all have now. Raises: psutil.NoSuchProcess for one that has ended."""
        self.rows.append((at, {name: _megabytes(pid) for name, pid in self.pids.items()}))

    def between(self, since: float, until: float) -> dict[str, float]:
        """Return what each had in the middle of a span of time."""
        rows = [had for at, had in self.rows if since <= at <= until]
        return {name: median(had[name] for had in rows) for name in self.pids}

    def table(self, names: Sequence[str]) -> str:
        """Lay all rows out, as lines of a CSV file."""
        lines = [",".join(["seconds", *names])]
        lines += [",".join([f"{at:.0f}", *(f"{had[name]:.1f}" for name in names)]) for at, had in self.rows]
        return "\n".join(lines) + "\n"


def _megabytes(pid: int) -> float:
    """Return the resident memory of a process with all that it started."""
    whole = psutil.Process(pid)
    return float(sum(each.memory_info().rss for each in (whole, *whole.children(recursive=True)))) / MB


async def watched(book: Book, began: float) -> None:
    """Write down what all have, again and again."""
    KEPT.mkdir(parents=True, exist_ok=True)
    while True:
        book.note(time.monotonic() - began)
        (KEPT / "memory.csv").write_text(book.table([*book.pids]), "utf-8")
        await asyncio.sleep(EVERY_S)


async def loaded(run: Run, book: Book, rate: float, seconds: float) -> dict[str, int]:
    """Load the stack and watch it; return what became of the incidents."""
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(base_url=run.gateway_url, timeout=30, limits=limits) as client:
        load = Load(run, client)
        watching = asyncio.create_task(watched(book, time.monotonic()))
        await load.keep_on(rate, seconds)
        watching.cancel()
    return dict(load.ended)


def told(book: Book, rest: Mapping[str, float], seconds: float) -> tuple[str, dict[str, float]]:
    """Lay the spans out; return the ratios of the services too."""
    span = min(SPAN_S, seconds / 2)
    first, last = book.between(0, span), book.between(seconds - span, seconds)
    minutes = f"{span / 60:.0f} min"
    lines = [f"| ratio | process | MB at rest | first {minutes} | last {minutes} | most |", "|--:|---|--:|--:|--:|--:|"]
    for name in book.pids:
        most = max(had[name] for _, had in book.rows)
        row = f"{rest[name]:.0f} | {first[name]:.0f} | {last[name]:.0f} | {most:.0f}"
        lines.append(f"| {last[name] / first[name]:.2f} | {name} | {row} |")
    return "\n".join(lines) + "\n", {
        f"{room}: the first minutes to the last": first[room] / last[room] for room in ROOMS
    }


def measure(folder: Path, rate: float, seconds: float) -> dict[str, float]:
    """Start a stack, load it, and print a table; return the ratios."""
    file = folder / "policy.toml"
    file.write_text(company(), "utf-8")
    os.environ["AFTERWORD_POLICY"] = str(file)
    for who in ("TOOLS", "PEOPLE"):
        os.environ[f"AFTERWORD_RATE_LIMIT_{who}"] = UNLIMITED
    run = stack.up(folder)
    try:
        book = Book(_pids(Site(folder)))
        rest = {name: _megabytes(pid) for name, pid in book.pids.items()}
        ended = uvloop.run(loaded(run, book, rate, seconds))
    finally:
        stack.down(folder)
    table, ratios = told(book, rest, seconds)
    sys.stdout.write(f"{rate:g} incidents a second for {seconds / 60:g} minutes: {ended}\n\n{table}")
    return ratios


def _pids(site: Site) -> dict[str, int]:
    """Return the rooms and then the servers, as far as they are processes here."""
    started = {name: each.pid for name, each in site.ledger.entries().items() if isinstance(each, Process)}
    return {name: started[name] for name in sorted(started, key=lambda name: (name not in ROOMS, name))}


def main() -> None:
    """Measure, and print a table."""
    asked = argparse.ArgumentParser(description="Whether services grow while they work.")
    asked.add_argument("--minutes", type=float, default=MINUTES)
    asked.add_argument("--rate", type=float, default=RATE, help="incidents a second")
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        keep("memory", measure(Path(folder), wanted.rate, 60 * wanted.minutes))


if __name__ == "__main__":
    main()
