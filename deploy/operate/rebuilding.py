"""What people read at the gateway, built again from the log: nothing but heard events is in these documents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from deploy.local import stack
from deploy.local.errors import LocalError
from deploy.operate.broker import RABBITMQ, setting
from deploy.operate.gateway_database import DATABASE, MONGO, ROOM, opened
from services.gateway.store import MongoProjections


def refuse_others(room: str) -> None:
    """Let nobody rebuild what cannot be. Raises: LocalError."""
    if room != ROOM:
        msg = (
            f"{room} cannot be rebuilt: its documents hold what it decided, did and still has to say, and the log does"
            f" not. Only {ROOM}'s library is made of events alone. Without --rebuild, {room} hears its events again"
        )
        raise LocalError(msg)


@asynccontextmanager
async def library() -> AsyncIterator[MongoProjections]:
    """Give the library of the database that the environment names, else of the stack that runs here.

    Raises: LocalError when there is none, and for whatever the database refuses.
    """
    async with opened(_url()) as database:
        yield MongoProjections(database)


def refuse_loss(held: Mapping[str, set[str]], logged: set[str]) -> None:
    """Let nobody forget what the log cannot bring back: views with facts that are not in it.

    Raises: LocalError that names one.
    """
    lost = {key: len(ids - logged) for key, ids in held.items() if ids - logged}
    if lost:
        key, n = next(iter(lost)), sum(lost.values())
        msg = (
            f"the log lacks {n} facts about {len(lost)} of {len(held)} postmortems ({key}), which would be lost: it was"
            " made anew, or was down when they were said. Nothing was changed. What the log has whole can be rebuilt"
            " one by one with --subject"
        )
        raise LocalError(msg)


def _url() -> str:
    """Return where the database is; a broker that was named does not go with the database of another stack."""
    url = setting(MONGO)
    if url:
        return url
    found = stack.status()
    if found is None or setting(RABBITMQ):
        msg = f"which database? Set {MONGO}, and {DATABASE} when it has another name"
        raise LocalError(msg)
    return found.run.mongo_url
