"""Giving a command on somebody's behalf: durable, once per idempotency key, answered when the room answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse

from services.gateway.handlers.problems import Problem, refused
from services.gateway.ports import Deps, Given
from shared.clock import new_id
from shared.contracts import COMMANDS
from shared.contracts.base import derived_id
from shared.contracts.commands import Actor, Command
from shared.contracts.decision import Reply
from shared.messaging.topology import HEARS

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="The same key and body has its effect once, for 48 hours.",
    ),
]
SEE_IT_FOR = 2.0
LOOK_EVERY = 0.02


def command_id(actor: Actor, what: str, key: str | None) -> str:
    """Return the id under which a request is done once: it follows from caller, route and key."""
    return derived_id("command", actor.email, what, key.strip('"')) if key else new_id()


@dataclass(frozen=True, slots=True)
class Answered:
    """A command that was given, and its reply if there is one yet."""

    id: str
    reply: Reply | None


async def give(deps: Deps, command: Command, key: str | None) -> Answered:
    """Give a command and wait a little for its reply.

    Raises: Problem when the room refuses it, or the key was used for something else; Unavailable.
    """
    what = f"{command.address()} {command.subject}"
    body = command.model_dump_json()
    given = Given(
        id=command_id(command.actor, what, key),
        principal=command.actor.email,
        address=command.address(),
        fingerprint=sha256(body.encode()).hexdigest(),
        body=body,
    )
    first = await deps.commands.remember(given)
    if first.fingerprint != given.fingerprint:
        raise Problem(
            422,
            "idempotency-key-reused",
            "This key was used for another request; take a new one.",
            field="Idempotency-Key",
        )
    return Answered(given.id, await _answered(deps, given.id, command))


async def ask_again(deps: Deps, given: Given) -> Reply | None:
    """Give a remembered command again under its id; the room answers what it answered first."""
    command = COMMANDS[given.address].model_validate_json(given.body)
    return await _answered(deps, given.id, command)


async def _answered(deps: Deps, id: str, command: Any) -> Reply | None:
    reply = await deps.messages.ask(id, command, deps.patience)
    if reply is None:
        return None
    if reply.refusal:
        raise refused(reply.refusal)
    await _until_seen(deps, command.subject, reply)
    return reply


async def _until_seen(deps: Deps, key: str, reply: Reply) -> None:
    """Wait until the library shows what was just done, so that a caller can read what they wrote."""
    ids = [id for id, name in reply.said.items() if name in HEARS["gateway"]]
    try:
        async with asyncio.timeout(SEE_IT_FOR):
            while ids and not await deps.library.has_heard(key, ids):
                await asyncio.sleep(LOOK_EVERY)  # noqa: TID251 - the event is on its way
    except TimeoutError:
        return  # the library is behind; what was asked for is done all the same


def accepted(deps: Deps, id: str) -> JSONResponse:
    """Answer 202: it is durable and will be done; here is where to look."""
    url = f"{deps.public_url.rstrip('/')}/v1/commands/{id}"
    return JSONResponse({"status": "accepted", "status_url": url}, status_code=202, headers={"Location": url})
