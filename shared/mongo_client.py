"""The way to MongoDB: a client with bounded waits, a database whose writes are durable."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import Any
from urllib.parse import parse_qs

import structlog
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import ReadPreference
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.mongo_rows import Row

log = structlog.get_logger(__name__)

Database = AsyncIOMotorDatabase[Row]
Client = AsyncIOMotorClient[Row]
TRANSIENT: tuple[type[Exception], ...] = (PyMongoError,)
"""Errors of the driver: the outcome is unknown, trying again is safe because every write is idempotent."""
WAITS = {
    "serverSelectionTimeoutMS": 5_000,
    "timeoutMS": 10_000,
    "connectTimeoutMS": 2_000,
    "heartbeatFrequencyMS": 2_000,
}
"""How many milliseconds the driver waits: for a primary, a call, a connection, and until it looks at a server again."""


def connect(url: str) -> Client:
    """Return a client with bounded waits: 5 s to find a primary, 10 s for a call; UTC-aware datetimes.

    A member that falls silent is given up 4 s after its last word (heartbeat and time to connect together), and
    the calls that wait for it are made again elsewhere; by the driver's defaults they would wait for 10 s and fail.
    What the URL itself says of these waits counts.
    """
    said = {name.casefold() for name in parse_qs(url.partition("?")[2])}
    waits: dict[str, Any] = {name: milliseconds for name, milliseconds in WAITS.items() if name.casefold() not in said}
    return AsyncIOMotorClient(
        url, tz_aware=True, tzinfo=UTC, appname="afterword", uuidRepresentation="standard", **waits
    )


def database(client: Client, name: str) -> Database:
    """Return a database whose writes are majority-durable and whose reads see them."""
    return client.get_database(
        name,
        codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern("majority"),
        read_concern=ReadConcern("majority"),
    )


async def answers(client: Client) -> bool:
    """Say whether the database server answers within two seconds."""
    try:
        async with asyncio.timeout(2.0):
            await client.admin.command("ping")
    except (PyMongoError, TimeoutError) as error:
        log.warning("mongodb does not answer", error=repr(error))
        return False
    return True
