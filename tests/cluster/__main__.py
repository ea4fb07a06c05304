"""Afterword on three machines: `make cluster-test`, or `python -m tests.cluster --incidents 200 --part 0.2`.

Drives incidents through two instances of every room while nodes and members are killed, machines are cut off, and
instances are upgraded one by one from the version before; holds what is left against the promises. Prints a report;
the exit status is 0 only when every promise was kept. It wants to be root, or allowed to make namespaces.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local.errors import LocalError
from tests.cluster.front import Alternating
from tests.cluster.injuries import Injuries
from tests.cluster.network import isolated
from tests.cluster.versions import BEFORE
from tests.cluster.world import World
from tests.faults.chaos import findings, journal, load, promises, report
from tests.faults.chaos.course import DRAIN_S, Course, at_rest, injure

INSIDE = "AFTERWORD_CLUSTER_TEST"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__.split("\n\n")[1])
    parser.add_argument("--incidents", type=int, default=2000, help="how many (default: 2000)")
    parser.add_argument("--part", type=float, default=1.0, help="part of the injuries of each kind (default: 1.0)")
    parser.add_argument("--side-by-side", type=int, default=32, help="incidents at the same time (default: 32)")
    parser.add_argument("--before", default=BEFORE, help="revision of the version before (default: %(default).12s)")
    parser.add_argument("--seed", type=int, default=1, help="decides what breaks where and in which order (default: 1)")
    parser.add_argument("--folder", type=Path, help="an empty folder for data and logs, kept (default: removed)")
    parser.add_argument("--report", type=Path, help="where to write the report, beside printing it")
    return parser.parse_args()


async def run(world: World, given: argparse.Namespace, seen: report.Run, bars: Progress) -> promises.Evidence:
    """Drive, break, upgrade, heal, wait, look."""
    heard, driven = journal.Journal(), load.Driven()
    injuries = Injuries(world, Random(given.seed))  # noqa: S311 - repeats a plan, keeps no secret
    order = injuries.order(given.part)
    ended = bars.add_task("incidents", total=given.incidents)
    injured = bars.add_task("injuries", total=len(order))
    course, began = Course(given.incidents, driven, world.folder / "diary"), time.monotonic()
    numbers = (f"{given.seed}-{n}" for n in range(given.incidents))
    gateways = Alternating(world.gateways)
    async with (
        journal.listening(world.rabbits.url, heard),
        load.callers(world.run.gateway_url, world.run.keys, driven, gateways) as who,
    ):
        breaking = injure(injuries.kinds(), order, course, seen, lambda: bars.advance(injured))
        driving = load.drive(who, numbers, given.side_by_side, lambda _: bars.advance(ended))
        await asyncio.gather(driving, breaking)
        await asyncio.to_thread(world.calm)
        healed = time.monotonic()
        await at_rest(world.members.url, world.rabbits.url)
        seen.seconds, seen.drained = time.monotonic() - began, time.monotonic() - healed
        await journal.until_heard(world.rabbits.url, DRAIN_S)
    found = await asyncio.to_thread(look, world)
    seen.answers, seen.figures = driven.answers, figures(world, heard, driven, found)
    return promises.Evidence(driven, heard, found, {}, ())


def look(world: World) -> findings.Findings:
    """Return what is left in the end."""
    logs = [world.site.log(name) for name in world.instances if world.plans[name].room == "distribution"]
    return findings.find(world.run, world.members.url, world.rabbits.url, logs)


def figures(world: World, heard: journal.Journal, driven: load.Driven, found: findings.Findings) -> dict[str, object]:
    """Return what there was of everything."""
    return {
        "incidents driven to their publication": len(driven.done),
        "events accepted": sum(map(len, driven.accepted.values())),
        "events said, and copies of them": f"{len(heard.said):,}, {heard.copies.total() - len(heard.said):,}",
        "instances started again": world.supervisor.restarts.total(),
        "calendar entries": len(found.entries),
        "mails wanted, and received": f"{len(found.rows):,}, {found.mails.total():,}",
        "lost answers of the relay that were counted": found.ambiguous.total(),
    }


def tested(given: argparse.Namespace) -> int:
    """Run, print the report, and return the exit status."""
    seen = report.Run(given.seed, datetime.now(UTC).date())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="afterword-cluster-") as folder:
        place = (given.folder or Path(folder)).absolute()
        place.mkdir(parents=True, exist_ok=True)
        logging.basicConfig(filename=place / "run.log")  # what libraries tell of lost connections is no news here
        with Progress(*columns, console=Console(stderr=True)) as bars, World(place, given.before) as world:
            seen.broken = promises.broken(asyncio.run(run(world, given, seen, bars)))
    text = report.markdown(seen)
    sys.stdout.write(text)
    if given.report:
        given.report.write_text(text, encoding="utf-8")
    return 0 if seen.good else 1


def main() -> int:
    """Go into a network of our own first, then test."""
    given = arguments()
    try:
        if INSIDE in os.environ:
            return tested(given)
        command = isolated([sys.executable, "-m", "tests.cluster", *sys.argv[1:]])
    except LocalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return subprocess.run(command, env={**os.environ, INSIDE: "yes"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
