"""How fast mail goes out, beside bare senders, and what memory many recipients cost: `make bench`.

One sink takes everything: Postfix's `smtp-sink`. The same 20 KB mail goes to 2,000 people, by smtplib over one
connection (the floor), by Postfix's C client `smtp-source` and by our mailer over as many connections as the postmen
have, then the whole way through the room: publication, ledger in MongoDB, rendering, sending. In list mode one mail
goes to chunks of people. What stands side by side ran side by side, in turns; a ratio is the median of the rounds'
ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from statistics import median

from deploy.local.testing import Servers
from shared.contracts.base import content_hash
from tests.bench.mail_room import room
from tests.bench.mail_ways import (
    CONNECTIONS,
    Load,
    Took,
    by_mailer,
    by_mailer_to_lists,
    by_smtplib,
    by_source,
    sink,
    timed,
)
from tests.bench.ratios import keep
from tests.helpers.builders import PM
from tests.helpers.publishing import a_report
from tests.unit.distribution.fakes import a_press, a_row, published

SIZE = 20_000
Send = Callable[[], Awaitable[Took]]
FLOOR = "smtplib, 1 connection"
OURS = ("our mailer", "the whole room")


def a_mail() -> tuple[bytes, int]:
    """Return a mail of 20 KB as the room prints it, and how many paragraphs make it so large."""
    paragraphs, mail = 0, b""
    while len(mail) < SIZE:
        paragraphs += 1
        report = a_report(PM, "reader0@example.com", paragraphs).report
        hashed = content_hash("Checkout answers slowly", "sev2", ("checkout",), report)
        mail = a_press().mail(published("reader0@example.com", report=report, content_hash=hashed), a_row())
    return mail, paragraphs


async def rounds_of(ways: dict[str, Send], rounds: int) -> dict[str, list[Took]]:
    """Let the ways take turns, each second round backwards; the first turn of each only warms up."""
    for send in ways.values():
        await send()
    found: dict[str, list[Took]] = {name: [] for name in ways}
    for number in range(rounds):
        for name in sorted(ways, reverse=bool(number % 2)):
            found[name].append(await ways[name]())
        sys.stderr.write(f"round {number + 1} of {rounds} done\n")
    return found


def told(found: dict[str, list[Took]], number: int) -> str:
    """Lay the rates out, the ratio to the floor of the same round first."""
    lines = ["| ratio | way | median people/s | min | max | CPU µs a person |", "|--:|---|--:|--:|--:|--:|"]
    for name, all_took in found.items():
        rates = sorted(number / took.seconds for took in all_took)
        beside = (floor.seconds / took.seconds for floor, took in zip(found[FLOOR], all_took, strict=True))
        cpu = median(took.cpu for took in all_took) / number * 1e6
        row = f"{median(rates):,.0f} | {rates[0]:,.0f} | {rates[-1]:,.0f} | {cpu:,.0f}"
        lines.append(f"| {median(beside):.2f} | {name} | {row} |")
    return "\n".join(lines) + "\n"


def ratios(found: dict[str, list[Took]]) -> dict[str, float]:
    """Return how many times as fast as the floor each way of ours is: people a second, and people for the same CPU."""
    times: dict[str, float] = {}
    for name in (name for name in found if name.startswith(OURS)):
        pairs = [*zip(found[name], found[FLOOR], strict=True)]
        times[name] = median(floor.seconds / took.seconds for took, floor in pairs)
        times[f"{name}: CPU"] = median(floor.cpu / took.cpu for took, floor in pairs)
    return times


async def speed(servers: Servers, folder: Path, rounds: int, number: int) -> None:
    """Measure how fast people get their mail."""
    mail, paragraphs = a_mail()
    file = folder / "mail"
    file.write_bytes(mail.replace(b"\r\n", b"\n"))
    with sink() as port:
        load = Load(mail, file, number, port)
        async with AsyncExitStack() as rooms:
            people = load.recipients()
            each = await rooms.enter_async_context(room(servers, folder, port, people))
            how = {"mode": '"list"', "address": '"everyone@example.com"'}
            listed = await rooms.enter_async_context(room(servers, folder, port, people, **how))
            ways: dict[str, Send] = {
                FLOOR: partial(timed, by_smtplib, load),
                f"smtp-source, {CONNECTIONS} connections": partial(timed, by_source, load),
                f"our mailer, {CONNECTIONS} connections": partial(timed, by_mailer, load),
                "the whole room": partial(each.send, paragraphs),
                "our mailer, list mode": partial(timed, by_mailer_to_lists, load),
                "the whole room, list mode": partial(listed.send, paragraphs),
            }
            found = await rounds_of(ways, rounds)
    sys.stdout.write(f"{number:,} people, a mail of {len(mail):,} bytes:\n\n{told(found, number)}")
    keep("mail", ratios(found))


async def memory(servers: Servers, folder: Path, numbers: list[int]) -> None:
    """Measure the most memory that the room takes for so many people."""
    _, paragraphs = a_mail()
    sys.stdout.write("\n| people | MB before | MB at most | people/s |\n|--:|--:|--:|--:|\n")
    with sink() as port:
        for number in numbers:
            people = [f"reader{each}@example.com" for each in range(number)]
            async with room(servers, folder, port, people) as one:
                before = one.megabytes()
                took = await one.send(paragraphs)
                row = f"{before:.0f} | {one.megabytes('VmHWM'):.0f} | {number / took.seconds:,.0f}"
            sys.stdout.write(f"| {number:,} | {row} |\n")
            sys.stdout.flush()


async def measure(rounds: int, number: int, most: list[int]) -> None:
    """Measure, and print the tables."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with Servers(folder / "servers") as servers:
            await speed(servers, folder, rounds, number)
            await memory(servers, folder, most)


def main() -> None:
    """Read the command line and measure."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--people", type=int, default=2000)
    arguments.add_argument(
        "--memory", type=int, nargs="*", default=[2000, 50_000], help="people to measure memory with"
    )
    given = arguments.parse_args()
    asyncio.run(measure(given.rounds, given.people, given.memory))


if __name__ == "__main__":
    main()
