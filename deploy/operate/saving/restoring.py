"""Putting a backup back, to an installation that is empty or that may be replaced. Rooms see it whole or not at all.

First the databases, beside what the rooms read; then the log, while nothing else is bound to hear it; then queues
and what waited in them; at last the databases take their places. Whatever breaks in between: run it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity, DeliveryError, PublishError

from deploy.local.errors import LocalError
from deploy.operate.broker import connected, said
from deploy.operate.declared import declared
from deploy.operate.log import end_of
from deploy.operate.pace import pace
from deploy.operate.saving import databases, manifest
from deploy.operate.saving.files import Row, documents
from deploy.operate.saving.manifest import Manifest
from deploy.operate.saving.messages import AHEAD, in_log, message_of, queues
from deploy.operate.saving.quiet import Depth, Places, depths, refuse_hearers
from shared.messaging import topology

CONFIRM_S = 30.0
SAVE_FIRST = (
    "--replace removes them; save them first (`afterword backup`) when a newer state than the backup is in them"
)


def checked(folder: Path) -> Manifest:
    """Return what is in a backup, every file of which is as it was written.

    Raises: LocalError that names the file that is not, or a queue that this version does not have.
    """
    found = manifest.load(folder)
    strange = sorted(set(found.waiting) - set(queues()))
    if strange:
        msg = (
            f"{folder} has {found.waiting[strange[0]]} messages for {strange[0]}, which this version does not have:"
            f" restore it with version {found.version}, let them be handled, then upgrade"
        )
        raise LocalError(msg)
    with pace("checking the files", sum(1 for _ in found.files())) as advance:
        for kept in found.files():
            manifest.check(folder, kept)
            advance(1)
    return found


async def put_back(where: Places, folder: Path, found: Manifest, *, replace: bool) -> None:
    """Put everything back. Without `replace` only where nothing is.

    Raises: LocalError when a room works, something is there already, or a server refuses.
    """
    async with connected(where.broker) as connection:
        there = await depths(connection)
        refuse_hearers(there)
        if not replace:
            await _refuse_a_log(connection)
            refuse_what_is_there(where, there)
        with databases.opened(where) as client:
            with pace("putting the databases back", found.documents()) as advance:
                databases.put_beside(client, where, folder, found.collections, advance)
            await _messages(connection, folder, found)
            databases.take_places(client, where, found.collections)


def refuse_what_is_there(where: Places, there: dict[str, Depth]) -> None:
    """Let nothing be lost that nobody meant. Raises: LocalError that says what is there."""
    waiting = next((name for name, depth in there.items() if depth.messages), None)
    if waiting:
        msg = f"messages wait in {waiting} at {where.broker.place}: {SAVE_FIRST}"
        raise LocalError(msg)
    with databases.opened(where) as client:
        number = databases.count(client, where)
    if number:
        msg = f"{where.prefix}_* has {number} documents: {SAVE_FIRST}"
        raise LocalError(msg)


async def _refuse_a_log(connection: AbstractConnection) -> None:
    """Let no events be lost that the backup may not have. Raises: LocalError when the log has any."""
    async with connection.channel() as channel:
        try:
            await channel.declare_queue(topology.LOG, passive=True)
        except ChannelNotFoundEntity:
            return
    async for part in in_log(connection, 0, await end_of(connection)):
        if part:
            msg = f"{topology.LOG} has events: {SAVE_FIRST}"
            raise LocalError(msg)


async def _messages(connection: AbstractConnection, folder: Path, found: Manifest) -> None:
    await _nothing_hears(connection)
    await only_the_log(connection)
    await say(connection, documents(folder / found.log.file), "putting the log of events back", found.log.documents)
    await topology.declare(connection)
    rows = documents(folder / found.queues.file)
    await say(connection, rows, "putting back what waited", found.queues.documents)


async def _nothing_hears(connection: AbstractConnection) -> None:
    """Remove every queue, and with them what binds them: what is said to the log again is heard by nobody."""
    for name in (topology.LOG, *queues()):
        async with connection.channel() as channel:
            try:
                await channel.queue_delete(name)
            except ChannelNotFoundEntity:
                continue


async def only_the_log(connection: AbstractConnection) -> None:
    """Make the exchanges and the log, and let nothing but the log hear what is said."""
    plan = declared()
    log = next(each for each in plan.queues if each.name == topology.LOG)
    async with connection.channel() as channel:
        for name, kind in plan.exchanges.items():
            await channel.declare_exchange(name, ExchangeType(kind), durable=True)
        stream = await channel.declare_queue(log.name, durable=True, arguments=dict(log.arguments))
        for each in plan.bindings:
            if each.queue == log.name:
                await stream.bind(each.exchange, routing_key=each.key)


async def say(connection: AbstractConnection, rows: Iterator[Row], what: str, total: int) -> None:
    """Say messages as they were kept, in their order; `what` and `total` are for whoever waits. Raises: LocalError."""
    async with connection.channel(on_return_raises=True) as channel:
        with pace(what, total) as advance:
            while part := list(islice(rows, AHEAD)):
                await _say_all(channel, part)
                advance(len(part))


async def _say_all(channel: AbstractChannel, rows: Iterable[Row]) -> None:
    """Say messages in their order, and wait until the broker has them all. Raises: LocalError."""
    try:
        await asyncio.gather(*(_said(channel, row) for row in rows))
    except (PublishError, DeliveryError, TimeoutError) as error:
        msg = f"the broker did not take a message: {said(error)}; see `afterword doctor`, then run this again"
        raise LocalError(msg) from error


async def _said(channel: AbstractChannel, row: Row) -> None:
    exchange = (
        await channel.get_exchange(row["exchange"], ensure=False) if row["exchange"] else channel.default_exchange
    )
    await exchange.publish(message_of(row), routing_key=row["routing_key"], timeout=CONFIRM_S)
