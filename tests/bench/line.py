"""HTTP over kept connections, with as little as possible in between: so that the rooms are measured, not who drives."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

END = b"\r\n\r\n"
PATIENCE_S = 60.0
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    etag: str
    body: bytes


@dataclass
class Line:
    """The way to one server; as many connections as are needed at once."""

    url: str
    _idle: deque[Connection] = field(default_factory=deque)

    async def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a request and wait for the whole answer. Raises: TimeoutError, OSError, and EOFError."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self._ask(method, path, body, headers, self._kept() or await self._opened())
            except (EOFError, ConnectionError):  # the server had just let go of an idle one; requests have their keys
                return await self._ask(method, path, body, headers, await self._opened())

    async def _ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], connection: Connection
    ) -> Answer:
        reader, writer = connection
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(self.url).netloc}\r\n{lines}"
        writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        told = await reader.readuntil(END)
        known = told.lower()
        answer = await reader.readexactly(int(_value(known, b"content-length") or 0))
        self._idle.append(connection)
        return Answer(int(known[9:12]), _value(known, b"etag").decode(), answer)

    async def _opened(self) -> Connection:
        parts = urlsplit(self.url)
        return await asyncio.open_connection(parts.hostname, parts.port, limit=2**22)

    def _kept(self) -> Connection | None:
        """Return the connection that was idle longest, unless the server has let go of it: so none gets too old."""
        while self._idle:
            reader, writer = self._idle.popleft()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    def close(self) -> None:
        """Close every connection."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()


def _value(head: bytes, name: bytes) -> bytes:
    """Return a header's value; ours are written in small letters but for what is quoted, which has none."""
    return head.partition(b"\r\n" + name + b": ")[2].partition(b"\r\n")[0]
