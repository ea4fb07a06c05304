"""Action items: what is to be done after an incident, in one postmortem and across all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from services.gateway.domain import answer, etags
from services.gateway.domain.access import Act
from services.gateway.domain.answers.action_items import (
    ASKED,
    ITEM,
    About,
    ActionItem,
    ActionItemPage,
    ActionItems,
    FollowedItem,
    labels,
)
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.view import View
from services.gateway.handlers import paging
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.conditions import IfMatch, IfNoneMatch, item_version, own, unless_had
from services.gateway.handlers.giving import Answered, IdempotencyKey, accepted, give
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Deps, ListedItem, WantedItems
from shared.contracts import action_items
from shared.contracts.action_items import ItemKind, ItemState, Priority, Words
from shared.contracts.base import Moment, Owner, Severity, Url, written_out
from shared.contracts.commands import Actor, AddActionItem, ChangeActionItem
from shared.contracts.events import Snapshot

router = APIRouter(prefix="/v1", tags=["action items"])
LIST = "/v1/action-items"
ME = "me"
ItemId = Annotated[
    str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="The action item's id.")
]
Filter = Annotated[str | None, Field(max_length=200)]


def _end_of_day(due: datetime | date) -> datetime:
    return due if isinstance(due, datetime) else datetime.combine(due, time(23, 59, 59), UTC)


Due = Annotated[
    Moment | Annotated[date, BeforeValidator(written_out)],
    Field(union_mode="left_to_right", description="A date lasts until its end in UTC."),
    AfterValidator(_end_of_day),
]


class NewItem(BaseModel):
    """An action item to add. Without `due` the policy says until when."""

    model_config = ConfigDict(extra="forbid", **example({**ASKED, "due": "2026-03-31"}))

    text: Words
    owner: Owner
    priority: Priority = Priority.P1
    kind: ItemKind = ItemKind.PREVENT
    due: Due | None = None
    tracker_url: Url | None = None


def _left_alone() -> Any:
    """Stand for a field that a patch does not name: it has no default, and null is no value of it."""
    return None


class ItemPatch(BaseModel):
    """A JSON merge patch (RFC 7396): what is named is replaced; `tracker_url` may be null."""

    model_config = ConfigDict(extra="forbid", **example({"state": "done"}))

    text: Words = Field(default_factory=_left_alone)
    owner: Owner = Field(default_factory=_left_alone)
    priority: Priority = Field(default_factory=_left_alone)
    kind: ItemKind = Field(default_factory=_left_alone)
    due: Due = Field(default_factory=_left_alone)
    state: ItemState = Field(default_factory=_left_alone)
    reason: Words = Field(default_factory=_left_alone, description="Why it will not be done.")
    tracker_url: Url | None = Field(default_factory=_left_alone)

    def named(self) -> dict[str, Any]:
        """Return what is to change; an empty URL is none."""
        change = self.model_dump(exclude_unset=True)
        return change | ({"tracker_url": change["tracker_url"] or ""} if "tracker_url" in change else {})


class Listing(BaseModel):
    """Which action items are listed, and from where on."""

    owner: Annotated[Filter, Field(description="An address, or `me`.")] = None
    state: Annotated[ItemState | None, Field(description="Where the work stands.")] = None
    overdue: Annotated[bool | None, Field(description="Due by now, and neither done nor given up.")] = None
    severity: Annotated[Severity | None, Field(description="How bad the incident was.")] = None
    service: Annotated[Filter, Field(description="A service that was affected.")] = None
    cursor: paging.Cursor = None
    limit: paging.Limit = 50

    def filters(self) -> dict[str, str | None]:
        """Return what the list is searched by, as the caller gave it."""
        overdue = None if self.overdue is None else str(self.overdue).lower()
        given = {"owner": self.owner, "state": self.state, "severity": self.severity, "service": self.service}
        return {**given, "overdue": overdue}


@router.get(
    "/postmortems/{id}/action-items",
    summary="List a postmortem's action items",
    **answers(ActionItems, says="All of them."),
)
async def list_action_items(id: Id, actor: Annotated[Actor, may(Act.READ_ACTION_ITEMS)], deps: Needs) -> Response:
    """List the action items of one postmortem, in the order in which they were added."""
    view, draft = await drafted(deps, id, actor)
    items = tuple(answer.labelled(item, view, draft) for item in view.action_items)
    return JSONResponse(ActionItems(items=items).model_dump(mode="json"))


@router.post(
    "/postmortems/{id}/action-items",
    summary="Add an action item",
    **answers(
        ActionItem,
        "409 too-many-action-items",
        "409 imported",
        "422 too-large",
        status=201,
        says="The item as it was added.",
        headers=["ETag", "Location"],
        later=True,
        shows=ITEM,
    ),
)
async def add_action_item(
    id: Id, new: NewItem, actor: Annotated[Actor, may(Act.CHANGE_ACTION_ITEMS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Add an action item, before or after publication; the same key is the same item."""
    view, draft = await drafted(deps, id, actor)
    command = AddActionItem(postmortem_id=id, actor=actor, **new.model_dump())
    answered = await give(deps, command, key)
    response = _done(deps, answered, view, draft, 201)
    if answered.reply:
        base = f"{deps.public_url.rstrip('/')}/v1/postmortems/{id}/action-items"
        response.headers["Location"] = f"{base}/{answered.reply.data['id']}"
    return response


@router.get(
    "/postmortems/{id}/action-items/{item_id}",
    summary="Read an action item",
    **answers(ActionItem, says="The item.", headers=["ETag"], shows=ITEM),
)
async def get_action_item(
    id: Id,
    item_id: ItemId,
    actor: Annotated[Actor, may(Act.READ_ACTION_ITEMS)],
    deps: Needs,
    if_none_match: IfNoneMatch = (),
) -> Response:
    """Read one action item; its `ETag` is what a change of it needs."""
    view, draft = await drafted(deps, id, actor)
    return unless_had(_shown(_item(view, draft, item_id)), if_none_match)


@router.patch(
    "/postmortems/{id}/action-items/{item_id}",
    summary="Change an action item",
    **answers(
        ActionItem,
        "409 no-such-move",
        "422 reason-required",
        "422 reason-without-wont-do",
        "422 too-large",
        says="The item as it is now.",
        headers=["ETag"],
        later=True,
        shows=ITEM,
    ),
)
async def patch_action_item(
    id: Id,
    item_id: ItemId,
    patch: ItemPatch,
    actor: Annotated[Actor, may(Act.CHANGE_ACTION_ITEMS)],
    deps: Needs,
    key: IdempotencyKey = None,
    if_match: IfMatch = (),
) -> Response:
    """Change an action item. What will not be done needs a `reason`; a change since your ETag answers 412."""
    view, draft = await drafted(deps, id, actor)
    item = _item(view, draft, item_id)
    base = item_version(if_match, item.version, _shown(item).headers["ETag"])
    command = ChangeActionItem(postmortem_id=id, actor=actor, item_id=item_id, base_version=base, **patch.named())
    return _done(deps, await give(deps, command, key, but=own(if_match, "base_version")), view, draft, 200)


@router.get(
    "/action-items",
    summary="List action items across postmortems",
    **answers(ActionItemPage, says="One page of them.", headers=["Link"]),
)
async def follow_action_items(
    actor: Annotated[Actor, may(Act.READ_ACTION_ITEMS)], deps: Needs, listing: Annotated[Listing, Query()]
) -> Response:
    """List action items across postmortems, what is due first first. `Link: rel="next"` is the next page."""
    owner = actor.email if listing.owner == ME else listing.owner and listing.owner.lower()
    bound = {**listing.filters(), "owner": owner, "list": LIST}
    wanted = WantedItems(
        reader=actor.email,
        now=deps.clock.now(),
        owner=owner,
        state=listing.state,
        overdue=listing.overdue,
        severity=listing.severity,
        service=listing.service,
        after=paging.after(deps, listing.cursor, bound),
        limit=listing.limit + 1,
    )
    found = await deps.library.items(wanted)
    page, more = found[: listing.limit], len(found) > listing.limit
    cursor = deps.cursors.seal((page[-1].item.due, page[-1].item.id), bound) if more else None
    answer = ActionItemPage(items=tuple(_followed(each) for each in page), next_cursor=cursor)
    asked = {**listing.filters(), "limit": listing.limit}
    return JSONResponse(answer.model_dump(mode="json"), headers=paging.link(deps, LIST, asked, cursor))


def _item(view: View, draft: Snapshot, item_id: str) -> ActionItem:
    for item in view.action_items:
        if item.id == item_id:
            return answer.labelled(item, view, draft)
    raise Problem(404, "unknown-action-item", "The postmortem has no such action item.")


def _shown(item: ActionItem, status: int = 200) -> Response:
    response = JSONResponse(item.model_dump(mode="json"), status_code=status)
    response.headers["ETag"] = etags.item_etag(item.version, bytes(response.body))
    return response


def _done(deps: Deps, answered: Answered, view: View, draft: Snapshot, status: int) -> Response:
    """Answer with the item as its owner told it, or 202 when its room has not replied yet."""
    if answered.reply is None:
        return accepted(deps, answered.id)
    item = action_items.ActionItem.model_validate(answered.reply.data)
    return _shown(answer.labelled(item, view, draft), status)


def _followed(found: ListedItem) -> FollowedItem:
    about = About(id=found.postmortem_id, title=found.title, severity=found.severity, services=found.services)
    named = labels(found.severity, found.incident)
    return FollowedItem(**dict(found.item), labels=named, postmortem=about)
