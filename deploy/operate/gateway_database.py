"""The way to the gateway's database, with errors that say what to do."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pymongo.errors import PyMongoError

from deploy.local.errors import LocalError
from deploy.operate.broker import said
from shared.mongo import Database, connect, database
from shared.settings import RoomSettings

ROOM = "gateway"
MONGO = "AFTERWORD_MONGO_URL"
DATABASE = "AFTERWORD_DATABASE"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Give the gateway's database on this server for as long as the block runs.

    Raises: LocalError for whatever the database refuses.
    """
    prefix = os.environ.get(DATABASE) or RoomSettings.model_fields["database"].default
    try:
        client = connect(url)
    except PyMongoError as error:
        msg = f"{MONGO} is no address of MongoDB: {said(error)}"
        raise LocalError(msg) from error
    try:
        yield database(client, f"{prefix}_{ROOM}")
    except PyMongoError as error:
        msg = f"MongoDB says: {said(error)}\nSee {MONGO}, {DATABASE} and `afterword status`, then run this again"
        raise LocalError(msg) from error
    finally:
        client.close()
