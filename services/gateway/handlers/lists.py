"""The distribution lists: who gets which reports."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain import directory, etags
from services.gateway.domain.access import Act
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.directory import KnownList, ListSummary
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.conditions import IfMatch, IfNoneMatch
from services.gateway.handlers.giving import IdempotencyKey, accepted, give
from services.gateway.handlers.preconditions import ReadOnly, base_version, same_as_address
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.contracts.base import Email, Severity, Token
from shared.contracts.commands import Actor
from shared.contracts.lists import DeleteList, DistributionList, ListMode, Members, PutList, list_id
from shared.contracts.values import Origin

router = APIRouter(prefix="/v1/lists", tags=["lists"])
Name = Annotated[str, Path(max_length=200, description="The list's name.")]
NewName = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="The list's name, which stands in the List-Id of its mails: lower case, digits and hyphens.",
    ),
]
EXAMPLE: dict[str, Any] = {
    "title": "Payments and checkout",
    "members": ["payments@example.com", "ada.moreno@example.com"],
    "when": {"severities": ["sev1", "sev2"], "services": ["checkout", "payments"]},
    "includes": ["checkout"],
    "owner": "ada.moreno@example.com",
    "open": True,
    "mode": "person",
    "address": "payments-reports@lists.example.com",
}
SHOWN = {"name": "payments", **EXAMPLE, "origin": "api"}
IN_OVERVIEW = {key: value for key, value in SHOWN.items() if key not in ("owner", "address")} | {"members": 2}


class When(BaseModel):
    """Which reports a list takes: of one of these severities, about one of these services; empty means any."""

    model_config = ConfigDict(extra="forbid")

    severities: Annotated[tuple[Severity, ...], Field(max_length=5)] = ()
    services: Annotated[tuple[Token, ...], Field(max_length=100)] = ()


class ListGiven(BaseModel):
    """A list, whole: what is left out is empty. An address that stands there twice is one member.

    `includes` are lists whose people are its people too, `owner` is told what goes wrong with it, and people put
    themselves on it while it is `open`. In the mode `list` one mail goes to its `address`. What was read may be sent
    back as it is.
    """

    model_config = ConfigDict(extra="forbid", **example(EXAMPLE))

    title: Annotated[str, Field(max_length=200)] = ""
    members: Members = ()
    when: When | None = None
    includes: Annotated[tuple[Token, ...], Field(max_length=100)] = ()
    owner: Email | None = None
    open: bool = True
    mode: ListMode = ListMode.PERSON
    address: Email | None = None
    name: str | None = None
    origin: ReadOnly = None


class ListShown(BaseModel):
    """A list; `origin` tells whether the policy file or somebody over the API said so last."""

    model_config = example(SHOWN)

    name: str
    title: str
    members: tuple[str, ...]
    when: When
    includes: tuple[str, ...]
    owner: str | None
    open: bool
    mode: ListMode
    address: str | None
    origin: Origin


class ListInOverview(BaseModel):
    """A list with the number of its own members."""

    name: str
    title: str
    members: int
    when: When
    includes: tuple[str, ...]
    open: bool
    mode: ListMode
    origin: Origin


class ListsShown(BaseModel):
    """The lists that there are, by name."""

    model_config = example({"items": [IN_OVERVIEW], "next_cursor": None})

    items: list[ListInOverview]
    next_cursor: None = None


@router.get("", summary="List the distribution lists", **answers(ListsShown, says="All of them."))
async def list_lists(_: Annotated[Actor, may(Act.READ_LISTS)], deps: Needs) -> Response:
    """List the distribution lists, each with the number of its members."""
    found = [_in_overview(known) for known in await deps.lists.listed()]
    return JSONResponse(ListsShown(items=found).model_dump(mode="json"))


@router.get(
    "/{name}",
    summary="Read a distribution list",
    **answers(ListShown, "404 unknown-list", says="The list.", headers=["ETag"]),
)
async def get_list(
    name: Name, _: Annotated[Actor, may(Act.READ_LISTS)], deps: Needs, if_none_match: IfNoneMatch = ()
) -> Response:
    """Read one list with its members; 304 when you have it just so."""
    known = await found(deps, name)
    same = etags.unchanged(if_none_match, directory.etag(known))
    return Response(status_code=304, headers={"ETag": same}) if same else _answer(known)


@router.put(
    "/{name}",
    summary="Make or replace a distribution list",
    **answers(
        ListShown,
        "422 name-taken",
        "422 address-required",
        "422 address-is-member",
        "422 included-list-unknown",
        "422 list-includes-itself",
        "422 too-large",
        says="The list as it is now.",
        headers=["ETag"],
        later=True,
        made=True,
    ),
)
async def put_list(
    name: NewName,
    given: ListGiven,
    actor: Annotated[Actor, may(Act.CHANGE_LISTS)],
    deps: Needs,
    key: IdempotencyKey = None,
    if_match: IfMatch = (),
    if_none_match: IfNoneMatch = (),
) -> Response:
    """Make a list or replace it; admins only. What is published from now on goes by it, what is on its way does not."""
    base = base_version(await _known(deps, name), if_match, if_none_match)
    same_as_address("name", given.name, name)
    when = given.when or When()
    said = given.model_dump(exclude={"when", "name", "origin"})
    wanted = DistributionList(name=name, **said, **dict(when))
    answered = await give(deps, PutList(actor=actor, list=wanted, base_version=base), key)
    if answered.reply is None:
        return accepted(deps, answered.id)
    now = KnownList(version=answered.reply.data["version"], origin="api", list=wanted)
    return _answer(now, 201 if answered.reply.data["created"] else 200)


@router.delete(
    "/{name}",
    summary="Delete a distribution list",
    **answers(
        {}, "404 unknown-list", "409 list-of-the-policy", "422 too-large", status=204, says="It is done.", later=True
    ),
)
async def delete_list(
    name: Name,
    actor: Annotated[Actor, may(Act.CHANGE_LISTS)],
    deps: Needs,
    key: IdempotencyKey = None,
    if_match: IfMatch = (),
) -> Response:
    """Delete a list; admins only. If the policy file has one of this name, that one stands there again."""
    base = None if etags.is_any(if_match) else base_version(await _known(deps, name), if_match)
    answered = await give(deps, DeleteList(actor=actor, list_name=name, base_version=base), key)
    return Response(status_code=204) if answered.reply else accepted(deps, answered.id)


async def found(deps: Deps, name: str) -> KnownList:
    """Return a list that there is. Raises: Problem 404."""
    known = await _known(deps, name)
    if known is None:
        raise Problem(404, "unknown-list", "There is no list of this name.")
    return known


async def _known(deps: Deps, name: str) -> KnownList | None:
    known = await deps.lists.state_of(list_id(name))
    return None if known is None or known.deleted else known


def _answer(known: KnownList, status: int = 200) -> Response:
    when = When(severities=known.list.severities, services=known.list.services)
    told = known.list.model_dump(exclude={"severities", "services"})
    shown = ListShown(when=when, origin=known.origin, **told)
    return JSONResponse(shown.model_dump(mode="json"), status_code=status, headers={"ETag": directory.etag(known)})


def _in_overview(known: ListSummary) -> ListInOverview:
    when = When(severities=known.severities, services=known.services)
    return ListInOverview(when=when, **known.model_dump(exclude={"severities", "services", "deleted"}))
