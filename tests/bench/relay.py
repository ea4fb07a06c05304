"""How fast mail goes into a relay over one connection and over five, beside smtplib and Postfix's C client.

All hand the same mails of 20 KB, one a person, to one `smtp-sink` of Postfix on this machine; rounds alternate between
the ways, since others work on the machine too. A figure is the median of the rounds, a ratio the median of those to
smtplib on one connection within a round; CPU is that of this process, for a mail. `--delay` puts so many milliseconds
between them, as a relay elsewhere has.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import uvloop

from services.distribution.adapters import SmtpMailer
from services.distribution.domain import Outcome, Parcel, Relay
from tests.bench.delayed import delayed

HOST, SENDER = "127.0.0.1", "postmortems@example.com"
SINK, SOURCE = "/usr/sbin/smtp-sink", "/usr/sbin/smtp-source"
BATCH = 20
MAIL = b"Subject: Checkout answered slowly\r\nMessage-ID: <1@example.com>\r\n\r\n" + (b"x" * 70 + b"\r\n") * 280

Way = Callable[[int, int], None]


def a_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def sink() -> Iterator[int]:
    """Run a relay that forgets what it takes; return its port."""
    port = a_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([SINK, *user, f"{HOST}:{port}", "1000"]) as process:
        try:
            wait_for(port)
            yield port
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    """Wait until somebody listens. Raises: OSError."""
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection((HOST, port), timeout=5).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def by_smtplib(port: int, mails: int) -> None:
    """One connection of the standard library."""
    with smtplib.SMTP(HOST, port) as connection:
        for number in range(mails):
            connection.sendmail(SENDER, [f"p{number}@example.com"], MAIL)


def by_smtp_source(port: int, mails: int) -> None:
    """Five sessions of Postfix's client, each used for many mails; it makes up mails of as many bytes."""
    counts = ["-d", "-s", "5", "-m", str(mails), "-l", str(len(MAIL))]
    subprocess.run([SOURCE, *counts, "-f", SENDER, "-t", "p@example.com", f"{HOST}:{port}"], check=True)


def by_mailers(connections: int) -> Way:
    """Return our way, over so many connections."""
    return lambda port, mails: uvloop.run(_by_mailers(port, mails, connections))


async def _by_mailers(port: int, mails: int, connections: int) -> None:
    waiting = [Parcel(SENDER, (f"p{number}@example.com",), MAIL) for number in range(mails)]

    async def send() -> None:
        mailer = SmtpMailer(Relay(host=HOST, port=port))
        while waiting:
            batch, waiting[:BATCH] = waiting[:BATCH], []
            rows = await mailer.send(batch)
            assert all(result.outcome is Outcome.ACCEPTED for row in rows for result in row)
        await mailer.close()

    await asyncio.gather(*(send() for _ in range(connections)))


WAYS: dict[str, Way] = {
    "smtplib, 1 connection": by_smtplib,
    "ours, 1 connection": by_mailers(1),
    "ours, 5 connections": by_mailers(5),
    "smtp-source, 5 sessions": by_smtp_source,
}


def measure(port: int, mails: int, rounds: int) -> None:
    """Print a line for each way."""
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    costs: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, way in WAYS.items():
            began, cpu = time.perf_counter(), time.process_time()
            way(port, mails)
            rates[name].append(mails / (time.perf_counter() - began))
            costs[name].append(1000 * (time.process_time() - cpu) / mails)
    floor = rates["smtplib, 1 connection"]
    for name in WAYS:
        ratio = median(rate / base for rate, base in zip(rates[name], floor, strict=True))
        sys.stdout.write(
            f"{name:26}{median(rates[name]):8.0f} mails/s  x {ratio:5.2f}  CPU {median(costs[name]):.3f} ms a mail\n"
        )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds there, and as many back")
    given = parser.parse_args()
    if not os.path.exists(SINK):  # noqa: PTH110
        sys.exit("this needs smtp-sink and smtp-source; on Debian or Ubuntu: apt-get install postfix")
    with sink() as port, delayed(port, given.delay / 1000) as way_in:
        measure(way_in, given.mails, given.rounds)


if __name__ == "__main__":
    main()
