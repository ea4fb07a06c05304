"""Action items of one postmortem: add one, change one, say that it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.answers.action_items import ActionItem
from services.gateway.handlers.action_items import (
    ItemId,
    ItemPatch,
    NewItem,
    add_action_item,
    get_action_item,
    patch_action_item,
)
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import page, see
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Deps
from shared.contracts.action_items import ItemKind, ItemState, Priority

router = APIRouter(include_in_schema=False)
Changer = Annotated[Visitor, visitor(Act.CHANGE_ACTION_ITEMS)]
ANCHOR = "#tracked-items"
CHOICES = {"priorities": list(Priority), "kinds": list(ItemKind), "states": list(ItemState)}
WAS = "was_"
"""Before the name of a field: what stood there when the form was made."""
PLAIN = ("text", "priority", "kind", "state", "reason")
"""Fields of the form that are sent as they stand, when something stands there."""


@router.get("/postmortems/{id}/action-items/new")
async def new_item(id: Id, request: Request, who: Changer, deps: Needs) -> Response:
    """Show the form of an action item; who writes it down owns it, unless they say otherwise."""
    given = {"owner_name": who.actor.name, "owner_email": who.actor.email, "priority": "p1", "kind": "prevent"}
    return await _form(request, deps, id, who, given)


@router.post("/postmortems/{id}/action-items/new")
async def add_item(id: Id, request: Request, who: Changer, deps: Needs) -> Response:
    """Add an action item; what was written stays when it is refused."""
    given = await fields(request)
    try:
        new = read(NewItem, _item_of(given))
        answer = await add_action_item(id, new, who.actor, deps, await key_of(request))
    except Problem as problem:
        return await _form(request, deps, id, who, given, problem=problem)
    return see(f"/postmortems/{id}{ANCHOR}", outcome(answer, "item-added"))


@router.get("/postmortems/{id}/action-items/{item_id}")
async def item(id: Id, item_id: ItemId, request: Request, who: Changer, deps: Needs) -> Response:
    """Show an action item as a form."""
    known, tag = await _known(id, item_id, who, deps)
    return await _form(request, deps, id, who, {**_given_of(known), "tag": tag}, known)


@router.post("/postmortems/{id}/action-items/{item_id}")
async def change_item(id: Id, item_id: ItemId, request: Request, who: Changer, deps: Needs) -> Response:
    """Change what was changed in the form; what was written stays when it is refused, or when others were quicker."""
    known, tag = await _known(id, item_id, who, deps)
    given = await fields(request)
    try:
        patch = read(ItemPatch, _changed(_item_of(given), _item_of(_before(given))))
        seen = given.get("tag", tag)
        answer = await patch_action_item(id, item_id, patch, who.actor, deps, await key_of(request), (seen,))
    except Problem as problem:
        return await _form(request, deps, id, who, {**_rebased(given, _given_of(known)), "tag": tag}, known, problem)
    return see(f"/postmortems/{id}{ANCHOR}", outcome(answer, "item-changed"))


@router.post("/postmortems/{id}/action-items/{item_id}/state")
async def move_item(id: Id, item_id: ItemId, request: Request, who: Changer, deps: Needs) -> Response:
    """Say where the work stands, by a button."""
    patch = read(ItemPatch, {"state": (await fields(request)).get("state")})
    answer = await patch_action_item(id, item_id, patch, who.actor, deps, await key_of(request), ("*",))
    return see(f"/postmortems/{id}{ANCHOR}", outcome(answer, "item-changed"))


async def _known(id: str, item_id: str, who: Visitor, deps: Deps) -> tuple[ActionItem, str]:
    """Return an action item and its ETag. Raises: Problem 404."""
    answer = await get_action_item(id, item_id, who.actor, deps)
    return ActionItem.model_validate_json(bytes(answer.body)), answer.headers["ETag"]


def _item_of(given: Mapping[str, str]) -> dict[str, Any]:
    """Return an action item as the API takes it; of what is left empty, nothing is said."""
    said: dict[str, Any] = {name: given[name] for name in PLAIN if given.get(name)}
    if said.get("state") != ItemState.WONT_DO:
        said.pop("reason", None)  # it says why something will not be done, and nothing else
    said["owner"] = {"name": given.get("owner_name", ""), "email": given.get("owner_email", "")}
    if given.get("due"):
        said["due"] = given["due"]
    return {**said, "tracker_url": given.get("tracker_url", "").strip() or None}


def _given_of(item: ActionItem) -> dict[str, str]:
    """Return an action item as its form has it."""
    return {
        **{name: str(getattr(item, name) or "") for name in PLAIN},
        "owner_name": item.owner.name,
        "owner_email": item.owner.email,
        "due": f"{item.due:%Y-%m-%d}",
        "tracker_url": item.tracker_url or "",
    }


def _before(given: Mapping[str, str]) -> dict[str, str]:
    """Return what the form was made of."""
    return {name.removeprefix(WAS): value for name, value in given.items() if name.startswith(WAS)}


def _rebased(given: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """Return what somebody has changed, on what stands there now: so a change of others is not undone unseen."""
    before = _before(given)
    return {name: given[name] if name in given and given[name] != before.get(name) else now[name] for name in now}


def _changed(given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form says otherwise than what it was made of: of that alone something is said."""
    return {name: value for name, value in given.items() if value != before.get(name)}


async def _form(
    request: Request,
    deps: Deps,
    id: str,
    who: Visitor,
    given: Mapping[str, str],
    known: ActionItem | None = None,
    problem: Problem | None = None,
) -> Response:
    _view, draft = await drafted(deps, id, who.actor)
    was = _given_of(known) if known else {}
    shown = {"id": id, "draft": draft, "known": known, "given": given, "was": was, "problem": problem, **CHOICES}
    return page(request, "action_item.html", problem.status if problem else 200, **shown)
