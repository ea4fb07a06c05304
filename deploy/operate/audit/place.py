"""The seals and the log of one installation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from deploy.operate.audit.chain import AUDIT, MongoChain
from deploy.operate.audit.log import StreamLog
from deploy.operate.broker import connected
from deploy.operate.saving import databases
from deploy.operate.saving.quiet import Places


@contextmanager
def seals(where: Places) -> Iterator[MongoChain]:
    """Give the seals for as long as the block runs. Raises: LocalError for whatever the database refuses."""
    with databases.opened(where) as client:
        yield MongoChain(client[where.database(AUDIT)])


@asynccontextmanager
async def seals_and_log(where: Places) -> AsyncIterator[tuple[StreamLog, MongoChain]]:
    """Give the log, and the seals. Raises: LocalError for whatever one of both refuses."""
    with seals(where) as chain:
        async with connected(where.broker) as connection:
            yield StreamLog(connection), chain
