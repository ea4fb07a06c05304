"""Home: what waits for me, and what is new."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.atom import Chosen
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.pages.rendering import page
from services.gateway.handlers.pages.visitors import Visitor, visitor

router = APIRouter(include_in_schema=False)
NEWEST = 10


@router.get("/")
async def home(request: Request, who: Annotated[Visitor, visitor(Act.READ_POSTMORTEMS)], deps: Needs) -> Response:
    """Show what is new."""
    newest = await deps.library.published(Chosen(), who.actor.email, NEWEST)
    return page(request, "home.html", newest=newest)
