"""A longer way to a server of this machine: a process of its own that passes on every byte some time later."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

HOST = "127.0.0.1"


@contextmanager
def delayed(port: int, seconds: float) -> Iterator[int]:
    """Return a port that leads to `port`, `seconds` away in each direction; `port` itself when that is nothing."""
    if not seconds:
        yield port
        return
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(port, seconds, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _run(port: int, seconds: float, told: Connection) -> None:
    asyncio.run(_serve(port, seconds, told))


async def _serve(port: int, seconds: float, told: Connection) -> None:
    async def pass_on(near: asyncio.StreamReader, away: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):  # a reset ends a connection as well
            while data := await near.read(65536):
                loop.call_later(seconds, away.write, data)
        loop.call_later(seconds, away.close)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HOST, port)
        await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))

    server = await asyncio.start_server(connect, HOST, 0)
    told.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()
