"""What happens to postmortems, live: `GET /v1/events`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema

from services.gateway.domain.access import Act, denied
from services.gateway.domain.watching import Noted, Watched
from services.gateway.handlers.answering import TEXT, answers
from services.gateway.handlers.caller import Again, Needs, may
from services.gateway.handlers.hub import Hub
from services.gateway.handlers.methods import is_head
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.projection import FACTS
from services.gateway.handlers.showing import ID
from services.gateway.handlers.stream import Patient, Watching, item, opening, reset
from services.gateway.ports import Deps
from shared.contracts.commands import Actor

router = APIRouter(prefix="/v1", tags=["watching"])

NAMES = list(FACTS)
HEADERS = {"X-Accel-Buffering": "no"}
"""Proxies that would keep a stream until it is long enough are asked not to."""


def _known(name: str) -> str:
    if name not in FACTS:
        msg = f"no event has this name; known: {', '.join(FACTS)}"
        raise ValueError(msg)
    return name


class Happened(Noted):
    """One item: what happened to which postmortem, and how it stood then. `id` is the item's `id:`, too."""

    links: dict[str, str] = Field(description="`self`: the postmortem")


STREAM = {
    **TEXT,
    "itemSchema": {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "event": {"type": "string", "enum": [*NAMES, "reset"]},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": Happened.model_json_schema(),
            },
        },
    },
}
"""What each event of the stream is (OpenAPI 3.2, 4.14.4)."""


class Wanted(BaseModel):
    """What somebody wants to be told of."""

    postmortem_id: Annotated[Annotated[str, Field(pattern=ID)] | None, Field(description="Of this one alone.")] = None
    name: Annotated[
        tuple[Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": NAMES})], ...],
        Field(max_length=20, description="Events of these names alone."),
    ] = ()
    last_event_id: Annotated[
        str | None,
        Field(max_length=200, description="As the header, for what cannot send it; the header counts first."),
    ] = None

    def watched(self) -> Watched:
        """Return what is told."""
        return Watched(postmortem_id=self.postmortem_id, names=frozenset(self.name))


def hub_of(request: Request) -> Hub:
    """Return this gateway's one reader of the feed."""
    hub: Hub = request.app.state.hub
    return hub


@router.get(
    "/events",
    summary="Watch what happens to postmortems",
    **answers({"text/event-stream": STREAM}, "503 too-many-watching", says="A stream of events."),
)
async def watch_events(
    request: Request,
    actor: Annotated[Actor, may(Act.WATCH_EVENTS)],
    again: Again,
    deps: Needs,
    hub: Annotated[Hub, Depends(hub_of)],
    wanted: Annotated[Wanted, Query()],
    last_event_id: Annotated[str | None, Header(max_length=200, description="Go on behind this item.")] = None,
) -> Response:
    """Be told what happens, as a stream of server-sent events; `Last-Event-ID` goes on where a stream broke off.

    A comment comes every 15 seconds. An `event: reset` says that the place to go on from is not known any more.
    """
    if is_head(request):
        return Patient(_nothing(), headers=HEADERS)
    number, begin = await place(deps, hub, last_event_id or wanted.last_event_id)
    watching = Watching(
        hub=hub,
        email=actor.email,
        watched=wanted.watched(),
        number=number,
        opening=begin,
        item=partial(item, public_url=deps.public_url),
        may_still=partial(_may_still, again),
    )
    return Patient(watching.stream(), headers=HEADERS)


async def _nothing() -> AsyncGenerator[bytes, None]:
    """Be a stream without parts."""
    return
    yield b""


async def place(deps: Deps, hub: Hub, id: str | None) -> tuple[int, bytes]:
    """Return behind which number a stream goes on, and how it begins. Raises: Problem 503 when too many watch."""
    if hub.full:
        text = "Too many watch at this gateway; try again, another one may have room."
        raise Problem(503, "too-many-watching", text, headers={"Retry-After": "30"})
    known = await deps.feed.place_of(id) if id else None
    if known:
        return known.number, opening(known.id)
    newest = await deps.feed.newest()
    return newest.number, reset(newest.id, deps.public_url) if id else opening(newest.id)


async def _may_still(again: Again) -> bool:
    known = await again()
    return known is not None and denied(Act.WATCH_EVENTS, known.actor.role, known.scopes) is None
