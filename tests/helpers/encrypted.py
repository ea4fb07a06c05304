"""TLS before a server that speaks none: what a proxy, or the server's own configuration, does in production."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import trustme

HOST = "127.0.0.1"
CHUNK = 2**16


def authority(folder: Path) -> tuple[trustme.CA, str]:
    """Return an authority that nobody knows, and the file in a folder that says how to know it."""
    ca = trustme.CA()
    path = folder / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return ca, str(path)


@asynccontextmanager
async def encrypted(target: str, ca: trustme.CA, name: str = HOST) -> AsyncIterator[str]:
    """Stand before the server at `target` ("host:port") with a certificate for a name; yields where, as "host:port"."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(context)
    host, _, port = target.rpartition(":")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(_pass_on(reader, behind_writer), _pass_on(behind_reader, writer))

    server = await asyncio.start_server(serve, HOST, 0, ssl=context)
    yield f"{HOST}:{server.sockets[0].getsockname()[1]}"
    server.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say what is heard, until the end of it; then hang up there too."""
    with suppress(ConnectionError):
        while some := await reader.read(CHUNK):
            writer.write(some)
            await writer.drain()
    writer.close()
