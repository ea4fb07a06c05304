"""What the doctor has found, addresses with a fault, and servers that have one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

Found = list[dict[str, str]]
Look = Callable[..., Awaitable[Found]]


def wrong(found: Found) -> Found:
    """What failed, each with something to do about it."""
    failed = [each for each in found if each["state"] == "failed"]
    assert all(each["help"] for each in failed)
    return failed


def other(url: str, **parts: Any) -> str:
    """An address with a part changed; `account` and `port` are parts of their own."""
    split = urlsplit(url)
    account = parts.pop("account", f"{split.username}:{split.password}" if split.username else "")
    host = f"{split.hostname}:{parts.pop('port', split.port)}"
    return urlunsplit(split._replace(netloc=f"{account}@{host}" if account else host, **parts))


@asynccontextmanager
async def listening(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """The port of a server that answers as it is told to."""
    over = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        await over.wait()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()


async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Say nothing."""
