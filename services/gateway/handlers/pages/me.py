"""A person's own page: which mail they get, the lists that they may join, and their secret links."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access import Act
from services.gateway.handlers import subscribers, subscriptions
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.links import get_secret_links, rotate_secret_links
from services.gateway.handlers.lists import Name, found
from services.gateway.handlers.mail_preferences import (
    MailPreferenceGiven,
    MailPreferenceShown,
    get_mail_preference,
    put_mail_preference,
)
from services.gateway.handlers.pages.asking import hasty, part
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import page, see
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.subscribers import ListReach
from services.gateway.ports import Deps

router = APIRouter(prefix="/me", include_in_schema=False)
Reads = Annotated[Visitor, visitor(Act.READ_POSTMORTEMS)]
SeesLists = Annotated[Visitor, visitor(Act.READ_LISTS)]
Subscribes = Annotated[Visitor, visitor(Act.CHANGE_SUBSCRIPTIONS)]
WAYS = {
    "subscribe": (subscribers.subscribe_to_list, "subscribed"),
    "leave": (subscribers.leave_list, "unsubscribed"),
    "decline": (subscriptions.unsubscribe_person, "declined"),
    "accept": (subscriptions.subscribe_again, "subscribed"),
}
"""What a button of a list's page does, and what is said of it then."""


@router.get("")
async def me(request: Request, who: Reads, deps: Needs) -> Response:
    """Show what somebody has chosen for themselves."""
    return await _shown(request, who, deps)


@router.post("/mail")
async def choose_mail(request: Request, who: Subscribes, deps: Needs) -> Response:
    """Choose when reports come."""
    given, key = await fields(request), await key_of(request)
    try:
        chosen = {"reports": given.get("reports", ""), "digest_by_list": "digest_by_list" in given}
        wanted = read(MailPreferenceGiven, chosen)
        done = await put_mail_preference(who.actor.email, wanted, who.actor, deps, key)
    except Problem as problem:
        return await _shown(request, who, deps, problem)
    return see("/me#mail", outcome(done, "mail-chosen"))


@router.post("/links/rotate")
async def rotate(request: Request, who: Reads, deps: Needs) -> Response:
    """Make the links of before useless."""
    await rotate_secret_links(request, who.actor, deps, await key_of(request))
    return see("/me#links", "rotated")


@router.get("/lists/{name}")
async def one_list(name: Name, request: Request, who: SeesLists, deps: Needs) -> Response:
    """Show a list, whom it reaches, and how somebody stands to it."""
    return await _list(request, name, who, deps)


@router.post("/lists/{name}/{way}")
async def change_list(name: Name, way: str, request: Request, who: Subscribes, deps: Needs) -> Response:
    """Put oneself on a list, take that back, or want none of its mail."""
    if way not in WAYS:
        raise Problem(404, "not-found", "There is no such form.")
    act, said = WAYS[way]
    key = await key_of(request)
    try:
        done = await act(name, who.actor.email, who.actor, deps, key)
    except Problem as problem:
        return await _list(request, name, who, deps, problem)
    return see(f"/me/lists/{name}", outcome(done, said))


async def _shown(request: Request, who: Visitor, deps: Deps, problem: Problem | None = None) -> Response:
    own = get_mail_preference(who.actor.email, who.actor, hasty(deps))
    shown: dict[str, Any] = {
        "mail": await part(MailPreferenceShown, own),
        "lists": [each for each in await deps.lists.listed() if each.open] if who.may(Act.READ_LISTS) else [],
        "links": await get_secret_links(request, who.actor, deps),
        "may_choose": who.may(Act.CHANGE_SUBSCRIPTIONS),
        "problem": problem,
    }
    return page(request, "me.html", problem.status if problem else 200, **shown)


async def _list(request: Request, name: str, who: Visitor, deps: Deps, problem: Problem | None = None) -> Response:
    known = await found(deps, name)
    shown: dict[str, Any] = {
        "list": known.list,
        "reach": await part(ListReach, subscribers.get_reach(name, who.actor, hasty(deps))),
        "may_choose": who.may(Act.CHANGE_SUBSCRIPTIONS),
        "problem": problem,
    }
    return page(request, "list.html", problem.status if problem else 200, **shown)
