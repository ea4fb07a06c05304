"""Taking a person out of messages that wait in queues, for another try, or for a human."""

from __future__ import annotations

from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import DeliveryError, PublishError

from deploy.local.errors import LocalError
from deploy.operate.broker import said
from deploy.operate.forgetting.person import Forgotten
from deploy.operate.forgetting.rewriting import Rewriter
from deploy.operate.saving import messages
from deploy.operate.saving.files import Row
from deploy.operate.saving.quiet import depths
from deploy.operate.saving.restoring import CONFIRM_S

ROUNDS = 10
"""What a tool says meanwhile, or a message that moved on by itself, takes another one."""


def without(row: Row, person: Forgotten) -> Row:
    """Return a message as it is kept, without the person; the same when it does not tell of them."""
    rewriter = Rewriter(person)
    body = row["body"] if not rewriter.may_concern(row["body"]) else rewriter.body(row["body"])
    around = rewriter.of({name: row[name] for name in ("properties", "headers")})
    return {**row, **around, "body": body}


async def found_in_queues(connection: AbstractConnection, person: Forgotten) -> dict[str, int]:
    """Return how many messages tell of the person, by queue."""
    found: dict[str, int] = {}
    for queue, depth in (await depths(connection)).items():
        rows = await messages.in_queue(connection, queue) if depth.messages else []
        if number := sum(without(row, person) != row for row in rows):
            found[queue] = number
    return found


async def rewrite(connection: AbstractConnection, person: Forgotten) -> None:
    """Take the person out of all that waits.

    In a queue that tells of them each message goes round once, in order: sent again, then taken away. A crash in
    between leaves one twice, under one id. What waits for a time waits no longer; what has moved on by itself meanwhile
    is found the next time. Raises: LocalError.
    """
    for _ in range(ROUNDS):
        found = await found_in_queues(connection, person)
        if not found:
            return
        for queue in found:
            await _turn(connection, queue, person)
    msg = f"messages that tell of the person come faster than they are rewritten ({', '.join(found)}): see who speaks"
    raise LocalError(msg)


async def _turn(connection: AbstractConnection, queue: str, person: Forgotten) -> None:
    async with connection.channel(on_return_raises=True) as out, connection.channel() as channel:
        waiting = await channel.declare_queue(queue, passive=True)
        for _ in range(waiting.declaration_result.message_count or 0):
            message = await waiting.get(no_ack=False, fail=False)
            if message is None:
                break
            await _again(out, waiting, message, person)


async def _again(
    out: AbstractChannel, queue: AbstractQueue, message: AbstractIncomingMessage, person: Forgotten
) -> None:
    exchange, key = messages.way_back(queue.name, message.routing_key or "")
    row = without(messages.kept(message, exchange, key), person)
    try:
        where = await out.get_exchange(exchange, ensure=False) if exchange else out.default_exchange
        await where.publish(messages.message_of(row), routing_key=key, timeout=CONFIRM_S)
    except (PublishError, DeliveryError, TimeoutError) as error:
        await message.nack(requeue=True)
        msg = f"{queue.name} did not take a message: {said(error)}; see `afterword doctor`, then run this again"
        raise LocalError(msg) from error
    await message.ack()
