"""What it takes to start and to stand idle: `make bench`, or `python -m tests.bench.standing`.

The whole stack: `make up` until it returns, in a folder with nothing in it, and again with the data of some hundred
incidents; beside the four servers alone, which is the floor. One service: from the start of its process until
`/health/ready` says so, the others and the servers at rest, beside a bare service (FastAPI, aio-pika, one queue). At
rest: CPU time and memory of all processes of a stack that nobody asks for anything.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aio_pika
import psutil
import uvloop

from deploy.local import rooms, stack
from deploy.local.progress import silent
from deploy.local.rooms import ROOMS
from deploy.local.run import Run, load
from deploy.local.site import Site
from shared.messaging import topology
from tests.bench.front_door import key_of_a_tool
from tests.bench.posting import Poster, closed_loop
from tests.bench.ratios import keep
from tests.bench.starting import Start, Starter, Up, down, floor_of, imported, room_of, servers_alone, start, up

ROUNDS = 5
INCIDENTS, AT_ONCE = 300, 10
SETTLING_S, RESTING_S = 15.0, 60.0
PARTS = ("stack", "rest", "services")
Told = tuple[str, dict[str, float]]
"""A table, and by name what is left of the floor."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What a program took while nobody asked for anything: seconds of CPU time, MB of memory at the end."""

    cpu: float
    memory: float


def whole(rounds: int) -> Told:
    """Start the whole stack again and again, new and with data."""
    floor, new, again = list[float](), list[Up](), list[Up]()
    for number in range(1, rounds + 1):
        floor.append(servers_alone())
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            new.append(up(folder))
            uvloop.run(_feed(folder))
            down(folder)
            again.append(up(folder))
            down(folder)
        sys.stderr.write(f"round {number} of {rounds} done\n")
    return _told_whole(floor, {"`make up`": new, "`make up`, with data": again})


async def _feed(folder: Path) -> None:
    """Give a stack something to keep, and wait until it is taken."""
    run = load(Site(folder))
    if run is None:
        msg = f"nothing is up in {folder}"
        raise RuntimeError(msg)
    poster = Poster(run.gateway_url, key_of_a_tool(run))
    await closed_loop(poster, AT_ONCE, INCIDENTS)
    poster.close()
    async with await aio_pika.connect(run.rabbitmq_url) as connection, connection.channel() as channel:
        name = topology.queue_of("drafting", "IncidentReported.v1")
        while (await channel.declare_queue(name, passive=True)).declaration_result.message_count:
            continue


def _told_whole(floor: Sequence[float], ups: Mapping[str, Sequence[Up]]) -> Told:
    ratios = {name: _ratio(floor, [one.wall for one in each]) for name, each in ups.items()}
    lines = ["| ratio | | median s | min | max |", "|--:|---|--:|--:|--:|"]
    lines.append(f"| 1.00 | the four servers alone | {_spread(floor)} |")
    for name, each in ups.items():
        lines.append(f"| {ratios[name]:.2f} | {name} | {_spread([one.wall for one in each])} |")
    lines += ["", "| median s | " + " | ".join(ups) + " |", "|---|" + "--:|" * len(ups)]
    for step in next(iter(ups.values()))[0].steps:
        shown = " | ".join(f"{median(one.steps[step] for one in each):.1f}" for each in ups.values())
        lines.append(f"| {step} | {shown} |")
    return "\n".join(lines) + "\n", ratios


def _ratio(floor: Sequence[float], walls: Sequence[float]) -> float:
    return median(alone / wall for alone, wall in zip(floor, walls, strict=True))


def _spread(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.2f} | {min(seconds):.2f} | {max(seconds):.2f}"


def at_rest(site: Site, seconds: float) -> str:
    """Leave a stack alone and see what it takes; return a table."""
    entries = {name: entry for name, entry in site.ledger.entries().items() if hasattr(entry, "pid")}
    programs = {name: _family(entry.pid) for name, entry in entries.items()}
    time.sleep(SETTLING_S)
    before = {name: _cpu(family) for name, family in programs.items()}
    began = time.perf_counter()
    time.sleep(seconds)
    past = time.perf_counter() - began
    found = {name: Rest((_cpu(family) - before[name]) / past, _memory(family)) for name, family in programs.items()}
    return _told_rest(found)


def _family(pid: int) -> list[psutil.Process]:
    leader = psutil.Process(pid)
    return [leader, *leader.children(recursive=True)]


def _cpu(family: Iterable[psutil.Process]) -> float:
    return sum(float(times.user + times.system) for times in (one.cpu_times() for one in family))


def _memory(family: Iterable[psutil.Process]) -> float:
    return sum(float(one.memory_info().rss) for one in family) / 2**20


def _told_rest(found: Mapping[str, Rest]) -> str:
    lines = ["| | % of a core | MB |", "|---|--:|--:|"]
    services = [each for name, each in found.items() if name in ROOMS]
    lines += [f"| {name} | {100 * each.cpu:.2f} | {each.memory:.0f} |" for name, each in found.items()]
    cpu, memory = sum(each.cpu for each in services), sum(each.memory for each in services)
    lines.append(f"| all services together | {100 * cpu:.2f} | {memory:.0f} |")
    return "\n".join(lines) + "\n"


def services(site: Site, run: Run, rounds: int) -> Told:
    """Start each service by itself, again and again."""
    starters = [floor_of(site, run.rabbitmq_url), *(room_of(site, room) for room in ROOMS)]
    found: dict[str, list[tuple[Start, float]]] = {starter.name: [] for starter in starters}
    for number in range(1, rounds + 1):
        for starter in starters:
            if starter.name in ROOMS:
                rooms.stop(site, starter.name, silent)
            found[starter.name].append((start(starter), imported(_module(starter))))
            if starter.name in ROOMS:
                stack.restart(starter.name, site.root)
        sys.stderr.write(f"round {number} of {rounds} done\n")
    return _told_services(found)


def _module(starter: Starter) -> str:
    return starter.command[starter.command.index("-m") + 1]


def _told_services(found: Mapping[str, Sequence[tuple[Start, float]]]) -> Told:
    floor = [start.wall for start, _ in found["floor"]]
    ratios = {name: _ratio(floor, [start.wall for start, _ in each]) for name, each in found.items()}
    lines = ["| ratio | | median s | min | max | CPU s | loading s |", "|--:|---|--:|--:|--:|--:|--:|"]
    for name, each in found.items():
        walls, cpu = [start.wall for start, _ in each], median(start.cpu for start, _ in each)
        loading = median(loading for _, loading in each)
        lines.append(f"| {ratios[name]:.2f} | {name} | {_spread(walls)} | {cpu:.2f} | {loading:.2f} |")
    return "\n".join(lines) + "\n", {name: ratio for name, ratio in ratios.items() if name != "floor"}


def measure(parts: Iterable[str], rounds: int, seconds: float) -> dict[str, float]:
    """Measure the parts that are wanted, print their tables, and return what is left of the floors beside them."""
    ratios: dict[str, float] = {}
    sys.stdout.write(f"load average {os.getloadavg()[0]:.1f} before\n\n")
    if "stack" in parts:
        ratios |= _shown(whole(rounds))
    if {"rest", "services"} & set(parts):
        with tempfile.TemporaryDirectory() as name:
            ratios |= _standing(Path(name), parts, rounds, seconds)
    return ratios


def _standing(folder: Path, parts: Iterable[str], rounds: int, seconds: float) -> dict[str, float]:
    site = Site(folder)
    run = stack.up(folder)
    try:
        if "rest" in parts:
            sys.stdout.write(at_rest(site, seconds) + "\n")
        return _shown(services(site, run, rounds)) if "services" in parts else {}
    finally:
        stack.down(folder)


def _shown(told: Told) -> dict[str, float]:
    table, ratios = told
    sys.stdout.write(table + "\n")
    return ratios


def main() -> None:
    """Measure, and print tables."""
    asked = argparse.ArgumentParser(description="What it takes to start and to stand idle.")
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--seconds", type=float, default=RESTING_S, help="for which it stands idle")
    asked.add_argument("--only", choices=PARTS)
    wanted = asked.parse_args()
    if ratios := measure([wanted.only] if wanted.only else PARTS, wanted.rounds, wanted.seconds):
        keep("standing", ratios)


if __name__ == "__main__":
    main()
