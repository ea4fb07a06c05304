"""Reading the log in a process of its own, so that its frames are taken apart on one core while another works on them.

`python -m deploy.operate.log_process FD`: what is at the other end of the pipe says where the broker is and what to
read, and gets it in parts. Address and password go through the pipe: everybody may read what a process was called with.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING, Any

import uvloop

from deploy.local.errors import LocalError
from deploy.operate.broker import Broker, connected
from deploy.operate.log_parts import Entry, parts

if TYPE_CHECKING:
    Ours = Connection[Any, Any]

Part = Sequence[Entry]


async def parts_beside(broker: Broker, begin: int, end: int) -> AsyncGenerator[Part, None]:
    """Yield all entries from one place up to, not including, another, in order and many at a time.

    The other process is some parts ahead and no more. It ends when this is closed, whatever either is ended by.

    Raises: LocalError when the log stops to answer, the connection is lost, or the other process is ended.
    """
    if begin >= end:
        return
    ours, theirs = Pipe()
    with ours, _reader(theirs) as process:
        try:
            ours.send((broker, begin, end))
            while begin < end:
                part = await asyncio.to_thread(_received, ours, process)
                begin = part[-1].place + 1
                yield part
        finally:
            process.kill()  # first: who waits for it in a thread sees its end


def _reader(theirs: Ours) -> subprocess.Popen[bytes]:
    """Start the other process, in a group of its own: who is interrupted at a terminal is this one."""
    with theirs:
        call = (sys.executable, "-m", __name__, str(theirs.fileno()))
        return subprocess.Popen(call, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, process_group=0)


def _received(ours: Ours, process: subprocess.Popen[bytes]) -> Part:
    """Wait for the next part. Raises: LocalError."""
    try:
        said: Part | LocalError = ours.recv()
    except (EOFError, ConnectionError) as error:
        msg = f"the process that reads the log was ended ({process.wait()}): run this again"
        raise LocalError(msg) from error
    if isinstance(said, LocalError):
        raise said
    return said


async def _read(theirs: Ours) -> None:
    broker, begin, end = theirs.recv()
    try:
        async with connected(broker) as connection:
            async for part in parts(connection, begin, end):
                await asyncio.to_thread(theirs.send, [Entry.of(message) for message in part])
    except LocalError as error:
        theirs.send(error)


def main() -> None:
    """Read what is asked for; whoever asked may be gone at any time."""
    with Connection(int(sys.argv[1])) as theirs, suppress(BrokenPipeError, ConnectionResetError, EOFError):
        uvloop.run(_read(theirs))


if __name__ == "__main__":
    main()
