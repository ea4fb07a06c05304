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
import time
from pathlib import Path
from random import Random

from rich.progress import Progress

from deploy.local.errors import LocalError
from deploy.operate.log import end_of
from deploy.operate.saving import messages
from shared.messaging.nodes import connect, nodes
from tests.cluster.front import Alternating
from tests.cluster.injuries import Injuries
from tests.cluster.network import isolated
from tests.cluster.versions import BEFORE
from tests.cluster.world import World
from tests.faults.chaos import course, findings, journal, load, promises, report
from tests.faults.chaos.course import DRAIN_S, Course, at_rest, injure

INSIDE = "AFTERWORD_CLUSTER_TEST"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    about = __doc__.split("\n\n")[1]
    parser = course.arguments("python -m tests.cluster", about, incidents=2000, side_by_side=32)
    parser.add_argument("--part", type=float, default=1.0, help="part of the injuries of each kind (default: 1.0)")
    parser.add_argument("--before", default=BEFORE, help="revision of the version before (default: %(default).12s)")
    return parser.parse_args()


async def run(world: World, given: argparse.Namespace, seen: report.Run, bars: Progress) -> promises.Evidence:
    """Drive, break, upgrade, heal, wait, look."""
    heard, driven = journal.Journal(), load.Driven()
    injuries = Injuries(world, Random(given.seed))  # noqa: S311 - repeats a plan, keeps no secret
    order = injuries.order(given.part)
    ended = bars.add_task("incidents", total=given.incidents)
    injured = bars.add_task("injuries", total=len(order))
    spread, began = Course(given.incidents, driven, world.folder / "diary"), time.monotonic()
    numbers = (f"{given.seed}-{n}" for n in range(given.incidents))
    gateways = Alternating(world.gateways)
    async with (
        journal.listening(world.rabbits.url, heard),
        load.callers(world.run.gateway_url, world.run.keys, driven, gateways) as who,
    ):
        breaking = injure(injuries.kinds(), order, spread, seen, lambda: bars.advance(injured))
        driving = load.drive(who, numbers, given.side_by_side, lambda _: bars.advance(ended))
        await asyncio.gather(driving, breaking)
        await asyncio.to_thread(world.calm)
        healed = time.monotonic()
        await at_rest(world.members.url, world.rabbits.url)
        seen.seconds, seen.drained = time.monotonic() - began, time.monotonic() - healed
        await journal.until_heard(world.rabbits.url, DRAIN_S)
    found = await asyncio.to_thread(look, world)
    lacking = heard.said.keys() - await in_the_log(world.rabbits.url)
    seen.answers = driven.answers
    seen.figures = figures(world, heard, driven, found) | {"events that the log lacks": len(lacking)}
    return promises.Evidence(driven, heard, found, {}, ())


def look(world: World) -> findings.Findings:
    """Return what is left in the end."""
    logs = [world.site.log(name) for name in world.instances if world.plans[name].room == "distribution"]
    return findings.find(world.run, world.members.url, world.rabbits.url, logs)


async def in_the_log(url: str) -> set[str]:
    """Return the ids of all that is in the stream `afterword.log`, which is no promise: see docs/reliability.md."""
    async with await connect(nodes(url), seconds=5) as connection:
        parts = messages.in_log(connection, 0, await end_of(connection))
        return {str(row["headers"].get("ce-id")) async for part in parts for row in part}


def figures(world: World, heard: journal.Journal, driven: load.Driven, found: findings.Findings) -> dict[str, object]:
    """Return what there was of everything."""
    return course.drawn(heard, driven, found) | {"instances started again": world.supervisor.restarts.total()}


def tested(given: argparse.Namespace) -> int:
    """Run, print the report, and return the exit status."""

    def drive(folder: Path, seen: report.Run, bars: Progress) -> promises.Evidence:
        logging.basicConfig(filename=folder / "run.log")  # what libraries tell of lost connections is no news here
        with World(folder, given.before) as world:
            return asyncio.run(run(world, given, seen, bars))

    return course.reported(given, drive)


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
