"""A mail server that delivers nothing: it keeps every mail in a Maildir, where people and tests look.

`python -m deploy.local.mailcatcher --port 2525 --maildir mail`
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import signal
import smtplib
import sys
import time
from dataclasses import dataclass
from functools import partial
from mailbox import Maildir
from pathlib import Path
from typing import Literal

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.launched import Launched
from deploy.local.ports import HOST
from deploy.local.processes import caller_environment, spawn
from deploy.local.site import REPOSITORY, Site
from deploy.local.waiting import wait_until

NAME = "mailcatcher"
START_SECONDS = 20
STOP_SECONDS = 5
LARGEST = 32 * 2**20

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Mail:
    """A mail server that answers, and where its mails are kept (None when it is somebody else's)."""

    smtp_url: str
    mail_dir: Path | None
    kind: Literal["environment", "native"]


def launch(site: Site) -> Launched[Mail]:
    """Return a mail server that will take mail.

    Raises: LocalError when it cannot be started.
    """
    given = os.environ.get("AFTERWORD_SMTP_URL")
    if given:  # sending proves it; a probe may annoy a real relay
        return Launched(Mail(given, None, "environment"), lambda: None)
    port = site.port("smtp")
    Maildir(site.mail, create=True)
    command = [sys.executable, "-m", "deploy.local.mailcatcher", "--port", str(port), "--maildir", str(site.mail)]
    process = spawn(NAME, command, log=site.log(NAME), env=caller_environment("AFTERWORD_"), cwd=REPOSITORY)
    site.ledger.add(process)
    wait = partial(
        wait_until,
        partial(_answers, port),
        what="the mail catcher",
        seconds=START_SECONDS,
        retry=(OSError, smtplib.SMTPException),
        started=process,
        log=site.log(NAME),
    )
    return Launched(Mail(f"smtp://{HOST}:{port}", site.mail, "native"), wait)


def stop(site: Site, *, fast: bool = False) -> None:
    """Stop what `launch` started."""
    site.ledger.stop(NAME, 0 if fast else STOP_SECONDS)


def _answers(port: int) -> None:
    with smtplib.SMTP(HOST, port, timeout=5) as connection:
        connection.noop()


class Keeper:
    """What aiosmtpd calls for each mail."""

    def __init__(self, maildir: Path) -> None:
        self._maildir = maildir

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """Keep the mail; only then say that it was taken."""
        await asyncio.to_thread(keep, self._maildir, envelope_headers(envelope) + (envelope.original_content or b""))
        return "250 2.0.0 kept"


def envelope_headers(envelope: Envelope) -> bytes:
    """Return who sent it and who gets it as headers: the message itself need not say either."""
    lines = [f"Return-Path: <{envelope.mail_from or ''}>", *(f"Delivered-To: {to}" for to in envelope.rcpt_tos)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")


def keep(maildir: Path, content: bytes) -> None:
    """Write one mail so that it survives a crash, and show it to readers only when it is whole."""
    name = f"{time.time_ns()}.{os.getpid()}_{next(_numbers)}.mailcatcher"
    with (maildir / "tmp" / name).open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    (maildir / "tmp" / name).rename(maildir / "new" / name)
    folder = os.open(maildir / "new", os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


async def serve(port: int, maildir: Path) -> None:
    """Take mail until SIGTERM or SIGINT."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    protocol = partial(
        SMTP, Keeper(maildir), hostname="localhost", data_size_limit=LARGEST, enable_SMTPUTF8=True, loop=loop
    )
    server = await loop.create_server(protocol, HOST, port)
    await done.wait()
    server.close()


def main() -> None:
    """Run the catcher as a program of its own."""
    arguments = argparse.ArgumentParser(description="Keep every mail in a Maildir and deliver none.")
    arguments.add_argument("--port", type=int, required=True, help="where to listen on 127.0.0.1")
    arguments.add_argument("--maildir", type=Path, required=True, help="the Maildir, made if it is new")
    given = arguments.parse_args()
    Maildir(given.maildir, create=True)
    asyncio.run(serve(given.port, given.maildir))


if __name__ == "__main__":
    main()
