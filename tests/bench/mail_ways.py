"""Ways to hand the same mails to the same sink: the standard library, Postfix's own client in C, and our mailer."""

from __future__ import annotations

import asyncio
import resource
import shutil
import smtplib
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import free_port
from deploy.local.waiting import wait_until
from services.distribution.adapters import SmtpMailer
from services.distribution.domain import Outcome, Parcel, parse_relay

HOST, SENDER = "127.0.0.1", "incident-reports@example.com"
SINK, SOURCE = "/usr/sbin/smtp-sink", "/usr/sbin/smtp-source"
CONNECTIONS = 5
"""As many as the policy has when it says nothing."""
BATCH = 10
"""So many mails a postman hands to the mailer at once."""
IN_ENVELOPE = 100
"""So many recipients an envelope has in list mode."""


@dataclass(frozen=True)
class Load:
    """What is sent: a mail, as bytes and in a file with bare line feeds, so many times, to a port."""

    mail: bytes
    file: Path
    number: int
    port: int

    def recipients(self) -> list[str]:
        """Return everybody."""
        return [f"reader{number}@example.com" for number in range(self.number)]


@dataclass(frozen=True)
class Took:
    """Seconds by the wall and of the sender's processor."""

    seconds: float
    cpu: float


@contextmanager
def sink() -> Iterator[int]:
    """Run Postfix's sink; gives its port. Raises: FileNotFoundError where it is not installed."""
    if not shutil.which(SINK):
        raise FileNotFoundError(SINK)
    port = free_port()
    with subprocess.Popen([SINK, "-u", "nobody", f"{HOST}:{port}", "1000"], stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _greets(port), what="smtp-sink", seconds=10, retry=(OSError,))
            yield port
        finally:
            process.terminate()


def _greets(port: int) -> None:
    with smtplib.SMTP(HOST, port):
        pass


async def by_smtplib(load: Load) -> None:
    """Send with the standard library over one connection."""

    def send() -> None:
        with smtplib.SMTP(HOST, load.port) as client:
            for recipient in load.recipients():
                client.sendmail(SENDER, [recipient], load.mail)

    await asyncio.to_thread(send)


async def by_source(load: Load) -> None:
    """Send with smtp-source over as many connections as we have."""
    options = ["-d", "-s", str(CONNECTIONS), "-m", str(load.number), "-f", SENDER, "-t", "reader@example.com"]
    command = [SOURCE, *options, "-F", str(load.file), f"{HOST}:{load.port}"]
    await asyncio.to_thread(subprocess.run, command, check=True)


async def by_mailer(load: Load) -> None:
    """Send a mail to each person as the postmen do."""
    await _by_mailer(load, [(recipient,) for recipient in load.recipients()])


async def by_mailer_to_lists(load: Load) -> None:
    """Send one mail to everybody, in envelopes as large as those of list mode."""
    everybody = load.recipients()
    chunks = [tuple(everybody[start : start + IN_ENVELOPE]) for start in range(0, len(everybody), IN_ENVELOPE)]
    await _by_mailer(load, chunks)


async def _by_mailer(load: Load, envelopes: Sequence[tuple[str, ...]]) -> None:
    relay = parse_relay(f"smtp://{HOST}:{load.port}?starttls=off")
    waiting = iter([envelopes[start : start + BATCH] for start in range(0, len(envelopes), BATCH)])

    async def postman() -> None:
        mailer = SmtpMailer(relay)
        for batch in waiting:
            results = await mailer.send([Parcel(SENDER, each, load.mail) for each in batch])
            if any(result.outcome is not Outcome.ACCEPTED for each in results for result in each):
                msg = f"not accepted: {results}"
                raise RuntimeError(msg)
        await mailer.close()

    await asyncio.gather(*(postman() for _ in range(CONNECTIONS)))


async def timed(way: Callable[[Load], Awaitable[None]], load: Load) -> Took:
    """Send, and say what it took, with what was started for it."""
    before, began = _cpu(), time.perf_counter()
    await way(load)
    return Took(time.perf_counter() - began, _cpu() - before)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
