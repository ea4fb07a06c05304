"""What the shared calendar costs: requests a meeting, requests a minute, and how fast entries are put: `make bench`.

The server is a Radicale of its own. Requests are counted where they arrive, in a server that passes them on. The bare
floor for puts is httpx, which puts the same bytes, one after the other on one connection, into a calendar of its own.
What stands side by side ran side by side; a ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import httpx

from services.calendar.adapters import CalDavServer, build
from services.calendar.domain import Entry, entry_of, ours
from services.calendar.handlers.watch import Watch
from shared.clock import new_id
from shared.contracts.events import ReviewersAssigned
from shared.contracts.values import AskedReviewer
from tests.bench.ratios import keep
from tests.contract import caldav_radicale
from tests.contract.caldav_counting import counting
from tests.helpers.builders import NOW, PM
from tests.unit.calendar.fakes import Room, a_practice
from tests.unit.calendar.test_domain import a_meeting
from tests.unit.calendar.test_handlers import approved, drafted

PRACTICE = a_practice()
PUTS = 50
EVENTS = 10_000


def entries(number: int) -> list[Entry]:
    """Return entries of as many meetings."""
    return [entry_of(a_meeting(postmortem_id=new_id()), PRACTICE) for _ in range(number)]


async def by_us(url: str, many: list[Entry]) -> None:
    """Put entries as the room does."""
    server = CalDavServer(url, PRACTICE)
    for entry in many:
        await server.create(entry)
    await server.close()


async def by_httpx(url: str, many: list[Entry]) -> None:
    """Put the same bytes with nothing around it."""
    parts = urlsplit(url)
    account = (caldav_radicale.USER, caldav_radicale.PASSWORD)
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    headers = {"Content-Type": "text/calendar; charset=utf-8", "If-None-Match": "*"}
    async with httpx.AsyncClient(base_url=base, auth=account, headers=headers, timeout=30) as client:
        for entry in many:
            (await client.put(ours(entry.uid), content=build(entry).encode())).raise_for_status()


WAYS: dict[str, Callable[[str, list[Entry]], Awaitable[None]]] = {"httpx": by_httpx, "afterword": by_us}


async def put_rates(host: str, rounds: int) -> dict[str, list[float]]:
    """Return the puts a second of each way, round by round, each into an empty calendar."""
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    for round in range(rounds):
        for way in sorted(WAYS, reverse=bool(round % 2)):
            url, many = caldav_radicale.make_calendar(host, f"{way}{round}"), entries(PUTS)
            began = time.perf_counter()
            await WAYS[way](url, many)
            rates[way].append(PUTS / (time.perf_counter() - began))
    return rates


def assigned() -> ReviewersAssigned:
    """Return that somebody was asked to review it."""
    rosa = AskedReviewer(name="Rosa", email="rosa@example.com")
    return ReviewersAssigned(postmortem_id=PM, revision=1, reviewers=(rosa,), assigned_at=NOW)


async def a_meeting_costs(host: str) -> list[tuple[str, Counter[str]]]:
    """Return the requests of each step of a meeting's life: what people did, and what it asked of the server."""
    with counting(host) as (before, asked):
        server = CalDavServer(caldav_radicale.make_calendar(before, "one"), PRACTICE)
        room = Room()
        object.__setattr__(room.deps, "calendar", server)
        costs = []
        for step, heard in (("held", drafted()), ("reviewers invited", assigned()), ("confirmed", approved())):
            asked.clear()
            await room.hear(heard)
            await room.work()
            costs.append((step, Counter(asked)))
        asked.clear()
        await room.pass_time(timedelta(days=30))
        await server.close()
    return [*costs, ("over", Counter(asked))]


async def a_minute_costs(host: str, folder: Path, events: int) -> tuple[Counter[str], float]:
    """Return the requests of one look at an unchanged calendar of so many events, and how long it took."""
    url = caldav_radicale.make_calendar(host, "full")
    place = folder / "collections" / "collection-root" / caldav_radicale.USER / "full"
    for entry in entries(events):
        (place / ours(entry.uid)).write_text(build(entry), newline="")
    _let_it_read(url)
    with counting(host) as (before, asked):
        room, server = Room(), CalDavServer(url.replace(host, before), PRACTICE)
        object.__setattr__(room.deps, "calendar", server)
        await room.hear(drafted(postmortem_id=PM))
        await room.work()
        room.clock.advance(timedelta(minutes=1))
        watch = Watch(room.deps)
        await watch.look()
        asked.clear()
        began = time.perf_counter()
        await watch.look()
        took = time.perf_counter() - began
        await server.close()
    return Counter(asked), took


def _let_it_read(url: str) -> None:
    """Let the server fill its own cache of files that it has not seen yet."""
    parts = urlsplit(url)
    account = (caldav_radicale.USER, caldav_radicale.PASSWORD)
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    body = '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
    httpx.request(
        "PROPFIND", address, content=body, headers={"Depth": "1"}, auth=account, timeout=900
    ).raise_for_status()


def _told(requests: Counter[str]) -> str:
    return ", ".join(f"{number} {method}" for method, number in sorted(requests.items())) or "none"


async def measure(rounds: int, events: int) -> None:
    """Measure, and print the tables."""
    with tempfile.TemporaryDirectory() as place, caldav_radicale.radicale(Path(place)) as host:
        sys.stdout.write("| a meeting is | requests |\n|---|---|\n")
        for step, requests in await a_meeting_costs(host):
            sys.stdout.write(f"| {step} | {_told(requests)} |\n")
        rates = await put_rates(host, rounds)
        ratio = median(ours / bare for ours, bare in zip(rates["afterword"], rates["httpx"], strict=True))
        sys.stdout.write("\n| puts | a second (median) | ratio |\n|---|--:|--:|\n")
        sys.stdout.write(f"| httpx | {median(rates['httpx']):.0f} | 1.00 |\n")
        sys.stdout.write(f"| afterword | {median(rates['afterword']):.0f} | {ratio:.2f} |\n")
        keep("calendar", {"puts": ratio})
        asked, took = await a_minute_costs(host, Path(place), events)
        sys.stdout.write("\n| events | a look at an unchanged calendar | ms |\n|--:|---|--:|\n")
        sys.stdout.write(f"| {events:,} | {_told(asked)} | {took * 1000:.0f} |\n")


def main() -> None:
    """Read the command line and measure."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--events", type=int, default=EVENTS)
    given = arguments.parse_args()
    asyncio.run(measure(given.rounds, given.events))


if __name__ == "__main__":
    main()
