"""The way to the rooms' databases, with errors that say what to do."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pymongo.errors import PyMongoError

from deploy.local.errors import LocalError
from deploy.operate.broker import said
from shared.mongo import Database, connect, database
from shared.settings import RoomSettings

MONGO = "AFTERWORD_MONGO_URL"
DATABASE = "AFTERWORD_DATABASE"
DatabaseOf = Callable[[str], Database]
"""Returns the database of a room."""


def prefix() -> str:
    """Return what the names of all rooms' databases begin with."""
    return os.environ.get(DATABASE) or str(RoomSettings.model_fields["database"].default)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[DatabaseOf]:
    """Give the rooms' databases on this server for as long as the block runs.

    Raises: LocalError for whatever the database refuses.
    """
    try:
        client = connect(url)
    except PyMongoError as error:
        msg = f"{MONGO} is no address of MongoDB: {said(error)}"
        raise LocalError(msg) from error
    try:
        yield lambda room: database(client, f"{prefix()}_{room}")
    except PyMongoError as error:
        msg = f"MongoDB says: {said(error)}\nSee {MONGO}, {DATABASE} and `afterword status`, then run this again"
        raise LocalError(msg) from error
    finally:
        client.close()
