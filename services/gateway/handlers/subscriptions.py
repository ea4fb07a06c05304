"""Who has unsubscribed from a list: people see and change their own, an admin anybody's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from services.gateway.domain.access import Act
from services.gateway.domain.answers.shapes import example
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import Answered, IdempotencyKey, accepted, give
from services.gateway.handlers.lists import Name, found
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.contracts.base import Email
from shared.contracts.commands import Actor
from shared.contracts.lists import INVOLVED, ChangeSubscription, ShowSubscription

router = APIRouter(prefix="/v1/lists/{name}/unsubscribed/{email}", tags=["lists"])
Whose = Annotated[Email, Path(description="The recipient's e-mail address.")]
MaySee = Annotated[Actor, may(Act.READ_LISTS)]
MayChange = Annotated[Actor, may(Act.CHANGE_SUBSCRIPTIONS)]


class SubscriptionShown(BaseModel):
    """Whether somebody gets no mail of a list, though they may be on it, and since when."""

    model_config = example(
        {"list": "payments", "email": "reader@example.com", "unsubscribed": True, "since": "2026-03-05T15:00:00Z"}
    )

    list: str
    email: str
    unsubscribed: bool
    since: datetime | None


OTHERS = ("403 own-subscription-or-admin", "404 unknown-list")


@router.get(
    "",
    summary="Read who unsubscribed",
    **answers(SubscriptionShown, *OTHERS, "503 room-away", "503 not-accepted", says="Whether, and since when."),
)
async def get_unsubscribed(name: Name, email: Whose, actor: MaySee, deps: Needs) -> Response:
    """See whether somebody has unsubscribed from a list; your own, or as an admin anybody's."""
    await _any_list(deps, name)
    answered = await give(deps, ShowSubscription(actor=actor, list_name=name, email=email), None)
    told(answered)
    return _answer(deps, name, email, answered)


@router.put(
    "",
    summary="Unsubscribe somebody",
    **answers(SubscriptionShown, *OTHERS, "422 too-large", says="It is done.", later=True),
)
async def unsubscribe_person(
    name: Name, email: Whose, actor: MayChange, deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Send somebody no more mail of a list, also while they stand on it."""
    await _any_list(deps, name)
    command = ChangeSubscription(actor=actor, list_name=name, email=email, subscribed=False)
    return _answer(deps, name, email, await give(deps, command, key))


@router.delete(
    "",
    summary="Subscribe somebody again",
    **answers(SubscriptionShown, *OTHERS, "422 too-large", says="It is done.", later=True),
)
async def subscribe_again(
    name: Name, email: Whose, actor: MayChange, deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Forget that somebody has unsubscribed: as long as they stand on the list, its mail comes again."""
    await _any_list(deps, name)
    command = ChangeSubscription(actor=actor, list_name=name, email=email, subscribed=True)
    return _answer(deps, name, email, await give(deps, command, key))


def told(answered: Answered) -> dict[str, Any]:
    """Return what the room has told to who only asks. Raises: Problem 503 when it does not answer."""
    if answered.reply is None:
        text = "The distribution service does not answer; try again."
        raise Problem(503, "room-away", text, headers={"Retry-After": "5"})
    return answered.reply.data


async def _any_list(deps: Deps, name: str) -> None:
    """Let through lists that there are, and the one that nobody keeps. Raises: Problem 404."""
    if name != INVOLVED:
        await found(deps, name)


def _answer(deps: Deps, name: str, email: str, answered: Answered) -> Response:
    if answered.reply is None:
        return accepted(deps, answered.id)
    shown = SubscriptionShown.model_validate({"list": name, "email": email, **answered.reply.data})
    return JSONResponse(shown.model_dump(mode="json"))
