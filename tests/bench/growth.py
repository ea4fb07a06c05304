"""What handling costs with more stored, and what more processes of a room bring: `python -m tests.bench.growth`.

One postmortem lives on a real stack; what the rooms keep of it, published, is copied until 1,000, 10,000 and 100,000
are stored, fifty of each day, so that of more there are more years. For each step a room process of each size gets the
same messages about other copies, those of the stage before; they are handled by the room as it runs everywhere, from
its queue to the acknowledgement, and taken away again. Instances: 1, 2 and 4 processes over one queue. What stands side
by side ran side by side, in turns; a ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import uvloop
from pymongo import MongoClient

from deploy.local import rooms, stack
from deploy.local.progress import silent
from deploy.local.rooms import Plan
from deploy.local.run import Run
from deploy.local.site import Site
from tests.bench.bounded import bounded
from tests.bench.growth_crew import Crew, Figures, crew
from tests.bench.growth_life import live, lived
from tests.bench.growth_stock import DOCUMENTS, Step, Stock
from tests.bench.ratios import keep

SIZES, INSTANCES, ROUNDS = (1_000, 10_000, 100_000), (1, 2, 4), 5
CACHE = "2G"
Found = dict[str, dict[int, list[Figures]]]


STEPS = (
    Step("drafting", "IncidentReported.v1", None),
    Step("drafting", "IncidentReported.v1", "reported", nth=1),
    Step("drafting", "drafting.RevisePostmortem.v1", "drafted"),
    Step("review", "DraftCreated.v1", None),
    Step("review", "ReviewRequested.v1", "edited", messages=100),
    Step("review", "review.GiveVerdict.v1", "submitted"),
    Step("calendar", "DraftCreated.v1", None, messages=60),
    Step("calendar", "ReviewApproved.v1", "submitted", messages=60),
    Step("distribution", "ReviewApproved.v1", "submitted"),
    Step("distribution", "distribution.PublishPostmortem.v1", "approved", messages=100),
    Step("gateway", "DraftCreated.v1", None),
    Step("gateway", "DraftRevised.v1", "drafted"),
    Step("gateway", "Published.v1", "approved"),
)
BY_MORE = (
    Step("drafting", "IncidentReported.v1", "reported", nth=1, messages=2000),
    Step("review", "review.GiveVerdict.v1", "submitted"),
    Step("calendar", "DraftCreated.v1", None, messages=120),
    Step("distribution", "ReviewApproved.v1", "submitted"),
    Step("gateway", "DraftRevised.v1", "drafted"),
)
"""What is handled by several processes, a step of every room."""


async def rounds_of(turns: Mapping[int, Callable[[], Awaitable[Figures]]], rounds: int) -> dict[int, list[Figures]]:
    """Let several take turns, each second round backwards; the first turn of each only warms up."""
    found: dict[int, list[Figures]] = {which: [] for which in turns}
    for number in range(rounds + 1):
        for which in sorted(turns, reverse=bool(number % 2)):
            figures = await turns[which]()
            if number:
                found[which].append(figures)
    return found


async def by_sizes(stock: Stock, crews: dict[int, Crew], steps: Sequence[Step], rounds: int) -> Found:
    """Return the figures of every step, by how many postmortems are stored."""
    found: Found = {}
    for step in steps:
        turns = {size: partial(stock.once, step, each, f"growth_{size}") for size, each in crews.items()}
        found[str(step)] = await rounds_of(turns, rounds)
        sys.stderr.write(f"{step} done\n")
    return found


async def by_instances(stock: Stock, crews: dict[int, Crew], step: Step, rounds: int) -> Found:
    """Return the figures of a step, by how many processes handle it."""
    turns = {number: partial(stock.once, step, each, f"growth_{SIZES[0]}") for number, each in crews.items()}
    return {str(step): await rounds_of(turns, rounds)}


def ratios(of: dict[int, list[Figures]]) -> dict[int, float]:
    """Return how many times as fast each is as the first, which ran beside it."""
    first = of[min(of)]
    return {
        which: median(ours.rate / theirs.rate for ours, theirs in zip(each, first, strict=True))
        for which, each in of.items()
    }


def told(found: Found, by: str) -> str:
    """Lay the figures out."""
    head = f"| ratio | step | {by} | median messages/s | min | max | CPU µs a message | of the database |"
    lines = [head, "|--:|---|--:|--:|--:|--:|--:|--:|"]
    for step, of in found.items():
        left = ratios(of)
        for which, each in of.items():
            rates = sorted(figures.rate for figures in each)
            own, database = (
                median(spent / figures.messages * 1e6 for spent, figures in zip(spents, each, strict=True))
                for spents in ([one.cpu for one in each], [one.database for one in each])
            )
            spread = f"{median(rates):,.0f} | {rates[0]:,.0f} | {rates[-1]:,.0f}"
            lines.append(f"| {left[which]:.2f} | {step} | {which:,} | {spread} | {own:,.0f} | {database:,.0f} |")
    return "\n".join(lines) + "\n"


def measure(folder: Path, wanted: argparse.Namespace) -> dict[str, float]:
    """Start a stack, measure, and print tables; return the ratios."""
    run, site, left = stack.up(folder), Site(folder), dict[str, float]()
    try:
        life = uvloop.run(lived(run, partial(live, run)))
        plans = rooms.planned(site)
        rooms.stop_all(site, silent)
        with MongoClient[Any](run.mongo_url) as client:
            client.admin.command({"setParameter": 1, "wiredTigerEngineRuntimeConfig": f"cache_size={CACHE}"})
            stock = Stock(client, life, count())
            for room in wanted.rooms:
                left |= _room(run, plans[room], stock, folder, wanted)
            for step in BY_MORE if wanted.instances else ():
                left |= _instances(run, plans[step.room], stock, step, folder, wanted)
    finally:
        stack.down(folder)
    return left


def _room(run: Run, plan: Plan, stock: Stock, folder: Path, wanted: argparse.Namespace) -> dict[str, float]:
    steps = [step for step in STEPS if step.room == plan.room]
    with ExitStack() as running:
        names = {size: stock.fill(plan.room, size) for size in wanted.sizes}
        crews = {size: running.enter_context(crew(run, plan, name, 1, folder)) for size, name in names.items()}
        found = uvloop.run(by_sizes(stock, crews, steps, wanted.rounds))
    sys.stdout.write(told(found, "stored") + "\n")
    sys.stdout.flush()
    few, most = min(wanted.sizes), max(wanted.sizes)
    return {f"{step}, {most:,} beside {few:,}": ratios(of)[most] for step, of in found.items()}


def _instances(
    run: Run, plan: Plan, stock: Stock, step: Step, folder: Path, wanted: argparse.Namespace
) -> dict[str, float]:
    name = stock.fill(plan.room, SIZES[0])
    with ExitStack() as running:
        crews = {n: running.enter_context(crew(run, plan, name, n, folder)) for n in wanted.instances}
        if wanted.part < 1:
            running.enter_context(bounded([pid for each in crews.values() for pid in each.pids], wanted.part))
        found = uvloop.run(by_instances(stock, crews, step, wanted.rounds))
    sys.stdout.write(told(found, "processes") + "\n")
    sys.stdout.flush()
    return {f"{step}, {n} processes": ratio for step, of in found.items() for n, ratio in ratios(of).items() if n > 1}


def main() -> None:
    """Measure, and print tables."""
    asked = argparse.ArgumentParser(description="What handling costs with more stored.")
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--rooms", nargs="*", default=list(DOCUMENTS), choices=list(DOCUMENTS))
    asked.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    asked.add_argument("--instances", type=int, nargs="*", default=list(INSTANCES))
    asked.add_argument(
        "--part",
        type=float,
        default=1.0,
        help="of a core, for each of several processes of a room (as root; default 1)",
    )
    asked.add_argument("--folder", type=Path, help="where what is stored stays for the next time")
    wanted = asked.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever ends it ends what it started
    with ExitStack() as leaving:
        folder = wanted.folder or Path(leaving.enter_context(tempfile.TemporaryDirectory()))
        keep("growth", measure(folder, wanted))


if __name__ == "__main__":
    main()
