"""A person's secret links, for programs that cannot send a key: `/v1/me/links`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.gateway.domain.access import Act
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.identity import Caller
from services.gateway.domain.links import VOUCHED_FOR, Purpose
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, known_as, may
from services.gateway.handlers.giving import IdempotencyKey, command_id
from services.gateway.ports import Deps
from shared.contracts.commands import Actor

router = APIRouter(prefix="/v1/me", tags=["watching"])


class SecretLinks(BaseModel):
    """Addresses that open one document each to whoever has them, with the eyes of the person they were made for."""

    model_config = example(
        {
            "feed_url": "https://afterword.example.com/feed.atom?token=WyJkaW5hQGV4...",
            "calendar_url": "https://afterword.example.com/calendar.ics?token=WyJkaW5hQGV4...",
        }
    )

    feed_url: str = Field(description="Publications, as an Atom feed")
    calendar_url: str = Field(description="Meetings, as a calendar")


@router.get("/links", summary="Your secret links", **answers(SecretLinks, says="Your links."))
async def get_secret_links(
    request: Request, _actor: Annotated[Actor, may(Act.READ_POSTMORTEMS)], deps: Needs
) -> SecretLinks:
    """Read the addresses for your feed reader and your calendar program. Whoever has one reads what you may read.

    They are good for as long as you have an API key that may read; asked for with an access token, for 90 days.
    """
    return await links_of(deps, known_as(request))


async def links_of(deps: Deps, known: Caller) -> SecretLinks:
    """Return the links of whoever is known so; who came by a token alone counts for a while from now on."""
    await _vouch(deps, known)
    return _links(deps, known.actor, await deps.links.generation(known.actor.email))


@router.post("/links/rotate", summary="Revoke your secret links", **answers(SecretLinks, says="Your new links."))
async def rotate_secret_links(
    request: Request, actor: Annotated[Actor, may(Act.READ_POSTMORTEMS)], deps: Needs, key: IdempotencyKey = None
) -> SecretLinks:
    """Make all your links of before useless, and get new ones."""
    await _vouch(deps, known_as(request))
    cause = command_id(actor, "rotate-links", key)
    return _links(deps, actor, await deps.links.rotate(actor.email, cause))


async def _vouch(deps: Deps, known: Caller) -> None:
    """An access token says who somebody is only while they send it: let it count for a while."""
    if known.by_token:
        await deps.links.vouch(known.actor, deps.clock.now() + VOUCHED_FOR)


def _links(deps: Deps, actor: Actor, generation: int) -> SecretLinks:
    base = deps.public_url.rstrip("/")
    feed, calendar = (deps.tokens.seal(purpose, actor.email, generation) for purpose in Purpose)
    return SecretLinks(feed_url=f"{base}/feed.atom?token={feed}", calendar_url=f"{base}/calendar.ics?token={calendar}")
