"""Who puts themselves on a list, and whom a list reaches in the end, told by the room that mails it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from services.gateway.domain.answers.shapes import example
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.giving import Answered, IdempotencyKey, accepted, give
from services.gateway.handlers.lists import Name, found
from services.gateway.handlers.subscriptions import MayChange, MaySee, Whose, told
from services.gateway.ports import Deps
from shared.contracts.lists import ShowSubscription
from shared.contracts.subscribing import ChangeOptIn, ShowReach

router = APIRouter(prefix="/v1/lists/{name}", tags=["lists"])
ONE = "/subscribers/{email}"
OTHERS = ("403 own-subscription-or-admin", "404 unknown-list")
YOU: dict[str, Any] = {"receives": True, "subscribed": False, "unsubscribed": False}
INNER: dict[str, Any] = {"name": "checkout", "recipients": 12}


class SubscriberShown(BaseModel):
    """Whether somebody has put themselves on a list and since when, and whether they have unsubscribed from it."""

    model_config = example(
        {
            "list": "payments",
            "email": "reader@example.com",
            "subscribed": True,
            "since": "2026-03-05T15:00:00Z",
            "unsubscribed": False,
        }
    )

    list: str
    email: str
    subscribed: bool
    since: datetime | None
    unsubscribed: bool


class IncludedReach(BaseModel):
    """A list inside another, and how many it names."""

    model_config = example(INNER)

    name: str
    recipients: int


class OwnStanding(BaseModel):
    """How it stands with whoever asks: whether they are mailed, have subscribed, or have unsubscribed."""

    model_config = example(YOU)

    receives: bool
    subscribed: bool
    unsubscribed: bool


class ListReach(BaseModel):
    """Whom a list reaches: `recipients` are all whom it names in the end, each once, without the `unsubscribed`.

    `missing` are lists that it includes though they are not there.
    """

    model_config = example(
        {
            "list": "payments",
            "recipients": 14,
            "members": 2,
            "subscribers": 1,
            "unsubscribed": 1,
            "includes": [INNER],
            "missing": [],
            "you": YOU,
        }
    )

    list: str
    recipients: int
    members: int
    subscribers: int
    unsubscribed: int
    includes: tuple[IncludedReach, ...]
    missing: tuple[str, ...]
    you: OwnStanding


@router.get(
    "/reach",
    summary="Count whom a list reaches",
    **answers(ListReach, "404 unknown-list", "503 room-away", "503 not-accepted", says="How many, and whether you."),
)
async def get_reach(name: Name, actor: MaySee, deps: Needs) -> Response:
    """See how many people a list names together with the lists inside it, and whether you are among them."""
    answered = await give(deps, ShowReach(actor=actor, list_name=name), None)
    return JSONResponse(ListReach(list=name, **told(answered)).model_dump(mode="json"))


@router.get(
    ONE,
    summary="Read who subscribed",
    **answers(SubscriberShown, *OTHERS, "503 room-away", "503 not-accepted", says="Whether, and since when."),
)
async def get_subscriber(name: Name, email: Whose, actor: MaySee, deps: Needs) -> Response:
    """See whether somebody has put themselves on a list; your own, or as an admin anybody's."""
    await found(deps, name)
    answered = await give(deps, ShowSubscription(actor=actor, list_name=name, email=email), None)
    return _shown(name, email, told(answered))


@router.put(
    ONE,
    summary="Subscribe to a list",
    **answers(SubscriberShown, *OTHERS, "403 closed-list", "422 too-large", says="They get what it takes.", later=True),
)
async def subscribe_to_list(
    name: Name, email: Whose, actor: MayChange, deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Put yourself on an open list, or as an admin anybody on any; who had unsubscribed gets its mail again.

    It outlives every change of the list, until they unsubscribe or take it back.
    """
    command = ChangeOptIn(actor=actor, list_name=name, email=email, opted_in=True)
    return _done(deps, name, email, await give(deps, command, key))


@router.delete(
    ONE,
    summary="Take a subscription back",
    **answers(SubscriberShown, OTHERS[0], "422 too-large", says="It is done.", later=True),
)
async def leave_list(name: Name, email: Whose, actor: MayChange, deps: Needs, key: IdempotencyKey = None) -> Response:
    """Take back that somebody put themselves on a list; whom it names anyway still gets its mail."""
    command = ChangeOptIn(actor=actor, list_name=name, email=email, opted_in=False)
    return _done(deps, name, email, await give(deps, command, key))


def _done(deps: Deps, name: str, email: str, answered: Answered) -> Response:
    return _shown(name, email, answered.reply.data) if answered.reply else accepted(deps, answered.id)


def _shown(name: str, email: str, data: dict[str, Any]) -> JSONResponse:
    since = data["subscribed_since"]
    known = {"subscribed": data["subscribed"], "since": since, "unsubscribed": data["unsubscribed"]}
    shown = SubscriberShown.model_validate({"list": name, "email": email, **known})
    return JSONResponse(shown.model_dump(mode="json"))
