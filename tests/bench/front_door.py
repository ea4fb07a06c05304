"""How long POST /v1/incidents takes, and how much of a bare route's throughput is left: `make bench`.

Latency: 100 new incidents a second for a minute, one gateway, all rooms and servers on this machine; each is measured
from when it was due. Throughput: 20 at a time, beside a FastAPI route that checks nothing and does one confirmed
publish of the same body to a quorum queue; the two take turns, and the other rooms are stopped, so that nobody handles
what is taken. A ratio is the median of the rounds' ratios: what stands side by side ran side by side.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import aio_pika
import httpx
import psutil
import uvloop

from deploy.local import stack
from deploy.local.ports import HOST
from deploy.local.run import Run
from deploy.local.site import Site
from deploy.local.waiting import wait_until
from shared.messaging import topology
from tests.bench.bare import QUEUE
from tests.bench.posting import Poster, closed_loop, open_loop
from tests.bench.ratios import keep

RATE, SECONDS = 100.0, 60.0
WARM_UP, REQUESTS, AT_ONCE, ROUNDS = 300, 2000, 20, 5
ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Door:
    """Something that takes incidents: where, and the process that does it."""

    name: str
    url: str
    pid: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round showed."""

    rate: float
    cpu_us: float


def key_of_a_tool(run: Run) -> str:
    """Return the API key of a tool."""
    return next(known["key"] for known in run.keys.values() if known["role"] == "tool")


@contextmanager
def bare_beside(run: Run, folder: Path) -> Iterator[Door]:
    """Run the floor on the broker of the stack."""
    port = Site(folder).port("bench_bare")
    with subprocess.Popen([sys.executable, "-m", "tests.bench.bare", run.rabbitmq_url, str(port)]) as process:
        url = f"http://{HOST}:{port}"
        wait_until(lambda: _answers(url), what="the bare route", seconds=30, retry=(httpx.HTTPError,))
        yield Door("floor", url, process.pid)
        process.terminate()


def _answers(url: str) -> None:
    httpx.get(f"{url}/openapi.json", timeout=5).raise_for_status()


async def latency(run: Run) -> tuple[list[float], dict[int, int]]:
    """Post at a steady rate; return the seconds that each took, sorted, and how often each status was answered."""
    poster = Poster(run.gateway_url, key_of_a_tool(run))
    await closed_loop(poster, 4, WARM_UP)
    poster.statuses.clear()
    waited = await open_loop(poster, RATE, SECONDS)
    poster.close()
    return sorted(waited), poster.statuses


async def once(door: Door, key: str) -> Figures:
    """Let a door take incidents as fast as it can. Raises: RuntimeError when it refuses any."""
    poster, process = Poster(door.url, key), psutil.Process(door.pid)
    await closed_loop(poster, AT_ONCE, WARM_UP)
    before = _cpu(process)
    rate = await closed_loop(poster, AT_ONCE, REQUESTS)
    cpu = (_cpu(process) - before) / REQUESTS * 1e6
    poster.close()
    if set(poster.statuses) != {ACCEPTED}:
        msg = f"{door.name} answered {poster.statuses}"
        raise RuntimeError(msg)
    return Figures(rate, cpu)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def throughput(run: Run, doors: list[Door], rounds: int) -> dict[str, list[Figures]]:
    """Return the figures of every door, round by round; queues are emptied in between."""
    found: dict[str, list[Figures]] = {door.name: [] for door in doors}
    async with await aio_pika.connect(run.rabbitmq_url) as connection, connection.channel() as channel:
        for number in range(1, rounds + 1):
            for door in doors:
                found[door.name].append(await once(door, key_of_a_tool(run)))
            for queue in (QUEUE, topology.queue_of("drafting", "IncidentReported.v1")):
                await (await channel.get_queue(queue, ensure=False)).purge()
            sys.stderr.write(f"round {number} of {rounds} done\n")
    return found


def told_latency(waited: list[float], statuses: dict[int, int]) -> str:
    """Lay the latencies out."""
    cuts = [1000 * cut for cut in quantiles(waited, n=1000)]
    row = " | ".join(f"{ms:,.1f}" for ms in (cuts[499], cuts[949], cuts[989], cuts[998], 1000 * waited[-1]))
    answered = ", ".join(f"{count:,} times {status}" for status, count in sorted(statuses.items()))
    head = "| p50 ms | p95 ms | p99 ms | p99.9 ms | slowest ms | answered |\n|--:|--:|--:|--:|--:|---|\n"
    return f"{head}| {row} | {answered} |\n"


def told_throughput(found: dict[str, list[Figures]]) -> str:
    """Lay the rates out, the ratio to the floor of the same round first."""
    lines = ["| ratio | route | median requests/s | min | max | CPU µs a request |", "|--:|---|--:|--:|--:|--:|"]
    for name, rounds in found.items():
        rates = [figures.rate for figures in rounds]
        beside = [figures.rate for figures in found["floor"]]
        ratio = median(ours / theirs for ours, theirs in zip(rates, beside, strict=True))
        cpu = median(figures.cpu_us for figures in rounds)
        spread = f"{median(rates):,.0f} | {min(rates):,.0f} | {max(rates):,.0f}"
        lines.append(f"| {ratio:.2f} | {name} | {spread} | {cpu:,.0f} |")
    return "\n".join(lines) + "\n"


def ratios(found: dict[str, list[Figures]]) -> dict[str, float]:
    """Return how much of the floor is left: requests a second, and requests for the same CPU."""
    pairs = [*zip(found["afterword"], found["floor"], strict=True)]
    return {
        "throughput": median(ours.rate / floor.rate for ours, floor in pairs),
        "throughput: CPU": median(floor.cpu_us / ours.cpu_us for ours, floor in pairs),
    }


def measure(folder: Path, rounds: int, only: str | None) -> None:
    """Start the stack, measure, and print tables."""
    os.environ["AFTERWORD_RATE_LIMIT_TOOLS"] = "1000000/second"  # the floor has no limits either
    run = stack.up(folder)
    try:
        sys.stdout.write(f"load average {os.getloadavg()[0]:.1f} before\n\n")
        if only != "throughput":
            sys.stdout.write(told_latency(*uvloop.run(latency(run))) + "\n")
        if only != "latency":
            _stop_the_others(run)
            with bare_beside(run, folder) as floor:
                doors = [floor, Door("afterword", run.gateway_url, run.pids["gateway"])]
                found = uvloop.run(throughput(run, doors, rounds))
                sys.stdout.write(told_throughput(found))
                keep("front_door", ratios(found))
    finally:
        stack.down(folder)


def _stop_the_others(run: Run) -> None:
    others = [psutil.Process(pid) for room, pid in run.pids.items() if room != "gateway"]
    for process in others:
        process.send_signal(signal.SIGTERM)
    psutil.wait_procs(others, timeout=30)


def main() -> None:
    """Measure, and print tables."""
    asked = argparse.ArgumentParser(description="How fast the front door takes incidents.")
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--only", choices=["latency", "throughput"])
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), wanted.rounds, wanted.only)


if __name__ == "__main__":
    main()
