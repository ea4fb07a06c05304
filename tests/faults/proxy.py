"""A TCP proxy that fails on demand: cut without a word, reset, refuse, or lose one answer."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeVar

T = TypeVar("T")
Mode = Literal["open", "cut", "refusing"]
Pass = Callable[[bytes], Awaitable[None]]
HOST = "127.0.0.1"
CHUNK = 2**16
NO_LINGER = struct.pack("ii", 1, 0)  # a close becomes a RST
PATIENCE_S = 10.0


@dataclass(eq=False)
class _Link:
    """One client's connection, and ours to the server once it is made."""

    client: asyncio.StreamWriter
    task: asyncio.Task[Any]
    server: asyncio.StreamWriter | None = None
    said: bytes = b""  # the end of what the client said: what is waited for may come in two pieces
    loses_answer: bool = False

    def reset(self) -> None:
        """Close both sides with RST."""
        for side in (self.client, self.server):
            if side is not None:
                _reset(side)

    def close(self) -> None:
        """Close both sides in peace."""
        for side in (self.client, self.server):
            if side is not None:
                side.close()


class Proxy:
    """Stands between clients and the server at `target` ("host:port"); `address` is where the clients go.

    Every method blocks until it is in force, and may be called from any thread but the proxy's own.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = host, int(port)
        self._mode: Mode = "open"
        self._after: bytes | None = None
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy to {target}", daemon=True)
        self._thread.start()
        self._server = self._wait(asyncio.start_server(self._serve, HOST, 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Where the proxy listens, as "host:port"."""
        return f"{HOST}:{self.port}"

    def cut(self) -> None:
        """Swallow all that is said from now on, both ways; connections stay open, new ones hear nothing."""
        self._do(lambda: self._turn("cut"))

    def reset(self) -> None:
        """Close every open connection with RST; new ones are served."""
        self._do(self._reset)

    def refuse(self) -> None:
        """Close every open connection with RST, and every new one at once, until `heal`."""

        def refuse() -> None:
            self._turn("refusing")
            self._reset()

        self._do(refuse)

    def lose_answer(self, after: bytes) -> None:
        """Once: when a client has said `after` and the server answers it, reset instead of passing the answer on."""

        def arm() -> None:
            self._after = after

        self._do(arm)

    def heal(self) -> None:
        """Work as usual again; connections that were cut are reset, an armed `lose_answer` is forgotten."""

        def heal() -> None:
            if self._mode == "cut":
                self._reset()
            self._turn("open")
            self._after = None

        self._do(heal)

    def close(self) -> None:
        """Reset what is open and listen no more."""

        async def close() -> None:
            self._server.close()
            self._reset()
            await asyncio.gather(*(link.task for link in self._links), return_exceptions=True)

        self._wait(close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def _do(self, change: Callable[[], None]) -> None:
        """Change something in the proxy's own thread, and let what follows from it happen."""

        async def changed() -> None:
            change()
            await asyncio.sleep(0)

        self._wait(changed())

    def _turn(self, mode: Mode) -> None:
        self._mode = mode

    def _reset(self) -> None:
        for link in self._links:
            link.reset()
            link.task.cancel()  # it may be waiting for nothing

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until both sides have said all."""
        task = asyncio.current_task()
        assert task
        link = _Link(writer, task)
        self._links.add(link)
        try:
            await self._carry(link, reader)
            link.close()
        except* OSError:  # one side broke, or there is no server: the other one sees the same
            link.reset()
        except* asyncio.CancelledError:  # the link was reset
            pass
        finally:
            self._links.discard(link)

    async def _carry(self, link: _Link, reader: asyncio.StreamReader) -> None:
        if self._mode == "refusing":
            raise ConnectionRefusedError
        if self._mode == "cut":
            await self._swallow(reader)
        answers, server = await asyncio.open_connection(*self._target)
        link.server = server
        async with asyncio.TaskGroup() as both:
            both.create_task(self._pump(reader, server, lambda said: self._up(link, server, said)))
            both.create_task(self._pump(answers, link.client, lambda said: self._down(link, said)))

    async def _swallow(self, reader: asyncio.StreamReader) -> None:
        """Take what comes and say nothing, not even that it has ended, until the link is reset."""
        with suppress(ConnectionError):  # on a cut line the other side would not hear of that either
            while await reader.read(CHUNK):
                pass
        await asyncio.Event().wait()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on: Pass) -> None:
        """Pass one direction on, with its end, as long as nothing is cut."""
        while said := await self._read(reader):
            await on(said)
        writer.write_eof()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        try:
            said = await reader.read(CHUNK)
        except ConnectionError:
            if self._mode != "cut":
                raise
            said = b""
        if self._mode == "cut":
            await self._swallow(reader)
        return said

    async def _up(self, link: _Link, server: asyncio.StreamWriter, said: bytes) -> None:
        if self._after is not None:
            link.said += said
            if self._after in link.said:
                self._after, link.loses_answer = None, True
            link.said = link.said[-len(self._after or b" ") :]
        server.write(said)
        await server.drain()

    async def _down(self, link: _Link, said: bytes) -> None:
        if link.loses_answer:
            raise ConnectionAbortedError
        link.client.write(said)
        await link.client.drain()


def _reset(side: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    line = side.get_extra_info("socket")
    if line.fileno() >= 0:  # else it broke by itself
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    side.transport.abort()
