"""What keeps open pages as things are: a stream that says that something has happened, and not what.

A page that hears it asks for itself again, with its reader's eyes.
"""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.sse import format_sse_event
from pydantic import Field

from services.gateway.domain.access import Act
from services.gateway.domain.watching import Noted, Watched
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.events import HEADERS, hub_of, place
from services.gateway.handlers.hub import Hub
from services.gateway.handlers.pages.visitors import Visitor, known, visitor
from services.gateway.handlers.showing import ID
from services.gateway.handlers.stream import Patient, Watching

router = APIRouter(include_in_schema=False)
NEWS = "news"
About = Annotated[Annotated[str, Field(pattern=ID)] | None, Query(alias="postmortem_id")]
Behind = Annotated[str | None, Header(alias="last-event-id", max_length=200)]


def news(noted: Noted) -> bytes:
    """Return an event that says that there is news; one without data would not be told to a page."""
    return format_sse_event(id=noted.id, event=NEWS, data_str=json.dumps(noted.name))


@router.get("/live")
async def live(
    request: Request,
    who: Annotated[Visitor, visitor(Act.WATCH_EVENTS)],
    deps: Needs,
    hub: Annotated[Hub, Depends(hub_of)],
    about: About = None,
    last_event_id: Behind = None,
) -> Response:
    """Tell an open page when something happens to what it shows, for as long as its session lasts."""
    number, begin = await place(deps, hub, last_event_id)

    async def may_still() -> bool:
        return await known(request) is not None

    watching = Watching(
        hub=hub,
        email=who.actor.email,
        watched=Watched(postmortem_id=about, names=frozenset()),
        number=number,
        opening=begin,
        item=news,
        may_still=may_still,
    )
    return Patient(watching.stream(), headers=HEADERS)
