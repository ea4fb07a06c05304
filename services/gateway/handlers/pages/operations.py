"""The operations page: how the installation stands, and what an admin can do about what is parked or held back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from services.gateway.domain import operating as standing
from services.gateway.domain.access import Act
from services.gateway.domain.operating import ParkedMessage
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.looking import Part, deliveries, looked, parked, suppressions
from services.gateway.handlers.pages.rendering import page, see
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.suppressions import lift_suppression
from services.gateway.ports import Deps
from services.gateway.ports.operating import Away, Operating, Parking
from shared.contracts.base import Email

log = structlog.get_logger(__name__)

router = APIRouter(include_in_schema=False)
Operator = Annotated[Visitor, visitor(Act.OPERATE)]
LONGEST_QUEUES = 10
LONGEST_REASON = 500


class Lifted(BaseModel):
    """The address to which mail goes again."""

    email: Email


async def operating_of(request: Request) -> Operating:
    """Return whatever an operator looks at."""
    found: Operating = request.app.state.operating
    return found


Operates = Annotated[Operating, Depends(operating_of)]


@router.get("/operations")
async def operations(request: Request, who: Operator, deps: Needs, operates: Operates) -> Response:
    """Show how everything stands; a part that does not answer says so, and the others are there."""
    return await _shown(request, who, deps, operates)


async def _shown(
    request: Request, who: Visitor, deps: Deps, operates: Operating, problem: Problem | None = None
) -> Response:
    broker, states, database = await asyncio.gather(
        looked(operates.broker.state()), operates.rooms.states(), looked(operates.database.version())
    )
    found = broker.value
    held, mails, ended = await asyncio.gather(
        parked(deps, operates.parking, broker, who.actor.email),
        _if_there(broker, deliveries(deps, who.actor)),
        _if_there(broker, suppressions(deps, who.actor, request.query_params.get("cursor"))),
    )
    return page(
        request,
        "operations.html",
        problem.status if problem else 200,
        problem=problem,
        version=operates.version,
        rooms=standing.rooms(states, found),
        broker=broker,
        retrying=standing.retrying(found) if found else 0,
        longest=standing.longest(found, LONGEST_QUEUES) if found else (),
        database=database,
        parked=held,
        may_read=operates.parking is not None,
        deliveries=mails,
        suppressed=ended,
    )


async def _if_there(broker: Part[Any], work: Any) -> Part[Any]:
    """Ask a room only where its answer can come: everybody would wait for it to no end."""
    if broker.value is not None:
        return await looked(work)
    work.close()
    return Part(trouble="It takes RabbitMQ to ask.")


@router.get("/operations/deliveries")
async def deliveries_under_way(request: Request, who: Operator, deps: Needs) -> Response:
    """Show how far mail is, and nothing else: a page with deliveries under way asks for this again and again."""
    return page(request, "operations_deliveries.html", deliveries=await looked(deliveries(deps, who.actor)))


@router.post("/operations/parked/redrive")
async def redrive(request: Request, who: Operator, deps: Needs, operates: Operates) -> Response:
    """Send a parked message, or all of a queue, to where it was heard."""
    queue, id = await _chosen(request)
    try:
        done = await _parking(operates).redrive(queue, id)
    except (Away, KeyError) as error:
        return await _shown(request, who, deps, operates, _problem(error))
    _note("parked messages are sent again", done, who, queue)
    return see("/operations#parked", "redriven" if done else "not-parked")


@router.post("/operations/parked/drop")
async def drop(request: Request, who: Operator, deps: Needs, operates: Operates) -> Response:
    """Discard a parked message, or all of a queue, for good, with a reason."""
    queue, id = await _chosen(request)
    reason = (await fields(request)).get("reason", "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        text = f"Say in 1 to {LONGEST_REASON} characters why it may go: the log keeps it. Nothing was discarded."
        return await _shown(request, who, deps, operates, Problem(422, "invalid-field", text, field="reason"))
    try:
        done = await _parking(operates).drop(queue, id)
    except (Away, KeyError) as error:
        return await _shown(request, who, deps, operates, _problem(error))
    _note("parked messages are discarded", done, who, queue, reason=reason)
    return see("/operations#parked", "dropped" if done else "not-parked")


@router.post("/operations/suppressions/lift")
async def lift(
    request: Request, who: Annotated[Visitor, visitor(Act.CHANGE_SUPPRESSIONS)], deps: Needs, operates: Operates
) -> Response:
    """Let mail go to an address again."""
    try:
        asked = read(Lifted, await fields(request))
        answer = await lift_suppression(asked.email, who.actor, deps, await key_of(request))
    except Problem as problem:
        return await _shown(request, who, deps, operates, problem)
    return see("/operations#suppressed", outcome(answer, "lifted"))


async def _chosen(request: Request) -> tuple[str, str | None]:
    """Return the queue that a form names, and the message; None: all of them."""
    given = await fields(request)
    return given.get("queue", ""), given.get("id") or None


def _parking(operates: Operating) -> Parking:
    if operates.parking is None:
        raise Away("The gateway has no user that may read what is parked; set AFTERWORD_OPERATOR_RABBITMQ_URL.")
    return operates.parking


def _problem(error: Away | KeyError) -> Problem:
    if isinstance(error, KeyError):
        return Problem(404, "not-found", "There is no such queue.", field="queue")
    return Problem(503, "room-away", str(error))


def _note(what: str, done: Sequence[ParkedMessage], who: Visitor, queue: str, **more: str) -> None:
    for each in done:
        about = {"id": each.id, "type": each.type, "subject": each.subject, "error": each.error}
        log.warning(what, queue=queue, by=who.actor.email, **about, **more)
