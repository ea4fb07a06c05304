"""Giving a command on somebody's behalf: durable, once per idempotency key, answered when the room answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse
from pydantic import AfterValidator

from services.gateway.domain.idempotency import FORM, bare_key
from services.gateway.domain.view import View
from services.gateway.handlers.problems import Problem, refused
from services.gateway.ports import Deps, Given, Kept
from shared.clock import new_id
from shared.contracts import COMMANDS
from shared.contracts.base import derived_id
from shared.contracts.commands import Actor, BaseCommand
from shared.contracts.decision import Reply
from shared.messaging.topology import HEARS

IdempotencyKey = Annotated[
    Annotated[str, AfterValidator(bare_key)] | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 255 printable ASCII characters. The same key and body has its effect once, for 48 hours.",
        json_schema_extra={"pattern": FORM, "examples": ["c7b1a0d2-join"]},
    ),
]
LEASE = timedelta(seconds=10)
"""For how long one request has a key, at most. Hardly any takes as long, but one whose process has crashed: the next
goes on after that time. Even were two at it at once, nothing would happen twice, since both give one id."""
SEE_IT_FOR = 2.0
LOOK_EVERY = 0.02


def command_id(actor: Actor, what: str, key: str | None) -> str:
    """Return the id under which a request is done once: it follows from caller, route and key."""
    return derived_id("command", actor.email, what, key) if key else new_id()


@dataclass(frozen=True, slots=True)
class Answered:
    """A command that was given, and its reply if there is one yet.

    `view` is the postmortem with what the command did, where this process has put that in while it was asked for.
    """

    id: str
    reply: Reply | None
    view: View | None = None


async def give(deps: Deps, command: BaseCommand, key: str | None, but: frozenset[str] = frozenset()) -> Answered:
    """Give a command and wait a little for its reply; fields in `but` do not come from the caller.

    Raises: Problem when the room refuses it, the key was used for something else or is in use; Unavailable.
    """
    given = _given(command, key, but)
    async with held(deps, given, key) as first:
        with deps.library.witnessing(command.subject) as witness:
            reply = await ask_again(deps, first)
        return Answered(given.id, reply, witness.after(_told(reply)) if reply else None)


@asynccontextmanager
async def held(deps: Deps, given: Given, key: str | None) -> AsyncIterator[Given]:
    """Hold a key for as long as its request runs; yield what was given with it first. Raises: Problem 409, 422.

    Whoever failed may try again at once, at any gateway; whoever was answered does not wait for the key to be free.
    """
    until = deps.clock.now() + LEASE if key else None
    kept = await deps.commands.remember(given, until)
    _check_same(kept, given)
    if until is None:
        yield kept.given
        return
    try:
        yield kept.given
    except BaseException:
        await deps.commands.release(given.id, until)
        raise
    deps.commands.answered(given.id, until)


def _given(command: BaseCommand, key: str | None, but: frozenset[str]) -> Given:
    asked = command.model_dump_json(exclude=set(but))
    return Given(
        id=command_id(command.actor, f"{command.address()} {command.subject}", key),
        principal=command.actor.email,
        address=command.address(),
        fingerprint=sha256(asked.encode()).hexdigest(),
        body=command.model_dump_json(),
    )


def _check_same(kept: Kept, given: Given) -> None:
    if kept.given.fingerprint != given.fingerprint:
        text = "This key was used for another request; take a new one."
        raise Problem(422, "idempotency-key-reused", text, field="Idempotency-Key")
    if kept.busy:
        text = "A request with this key is still running; send it again in a moment, with the same key."
        raise Problem(409, "idempotency-key-in-use", text, field="Idempotency-Key", headers={"Retry-After": "1"})


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
    told = _told(reply)
    if not told:
        return
    try:
        async with asyncio.timeout(SEE_IT_FOR):
            await deps.shelf(told.values()).until_heard(key, list(told))
    except TimeoutError:
        return  # the library is behind; what was asked for is done all the same


def _told(reply: Reply) -> dict[str, str]:
    """Return the facts that the gateway hears of a reply, by id."""
    return {id: name for id, name in reply.said.items() if name in HEARS["gateway"]}


def accepted(deps: Deps, id: str) -> JSONResponse:
    """Answer 202: it is durable and will be done; here is where to look."""
    url = f"{deps.public_url.rstrip('/')}/v1/commands/{id}"
    return JSONResponse({"status": "accepted", "status_url": url}, status_code=202, headers={"Location": url})
