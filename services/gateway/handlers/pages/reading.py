"""The reading page of one postmortem: the address that mails and calendar entries carry."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.gateway.domain.access import Act
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.pages.rendering import page
from services.gateway.handlers.pages.visitors import PageGate
from services.gateway.handlers.problems import wants_page
from services.gateway.handlers.showing import Id, drafted, whole_for

router = APIRouter(include_in_schema=False)
GATE = PageGate(Act.READ_POSTMORTEMS)


@router.get("/postmortems/{id}")
async def postmortem(id: Id, request: Request, deps: Needs) -> Response:
    """Show a postmortem to a browser; a program is led to what the API tells of it."""
    if not wants_page(request):
        return RedirectResponse(f"{deps.public_url.rstrip('/')}/v1/postmortems/{id}", status_code=307)
    who = await GATE(request)
    view, draft = await drafted(deps, id, who.actor)
    return page(request, "postmortem.html", pm=await whole_for(deps, view, draft, who.actor), live=id)
