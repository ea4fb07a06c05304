"""The library: search, facets that narrow it, and a feed of every search."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.answers.searching import FacetPage, FoundPostmortem, PostmortemPage
from services.gateway.domain.highlights import Piece, pieces
from services.gateway.domain.query import parsed
from services.gateway.domain.search import FACETS
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.documents import Subscribed
from services.gateway.handlers.links import links_of
from services.gateway.handlers.pages.forms import read
from services.gateway.handlers.pages.rendering import page
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import TOO_WIDE, Problem
from services.gateway.handlers.searching import Filters, Listing, faceted, found
from services.gateway.ports import Deps, TooWide

router = APIRouter(include_in_schema=False)
PATH, SUBSCRIBE = "/library", "/library/feed"
A_PAGE = 20
SHOWN = 8
"""Values of one facet that are shown at once; the others are behind a fold."""
Reader = Annotated[Visitor, visitor(Act.READ_POSTMORTEMS)]
Given = Mapping[str, str]
KINDS = {
    "status": "Status",
    "severity": "Severity",
    "service": "Service",
    "tag": "Tag",
    "factor": "Contributing factor",
    "month": "Month of the incident",
    "owner": "Owner",
    "timeliness": "Deadline",
}
"""What filters are called, in the order in which they stand."""


class Choice(NamedTuple):
    """A filter on the page: what it says, and where it leads when it is put on or taken off."""

    kind: str
    label: str
    path: str
    number: int = 0


class Result(NamedTuple):
    """A postmortem that was found: what the API tells of it, its title with the words marked, and its times."""

    item: FoundPostmortem
    title: tuple[Piece, ...]
    created: datetime | None
    updated: datetime | None


@router.get(PATH)
async def library(request: Request, who: Reader, deps: Needs) -> Response:
    """Show what a search finds; what is wrong with one is said above an empty list."""
    given = _given(request)
    try:
        listing = read(Listing, {**given, "limit": A_PAGE})
        results, facets = await asyncio.gather(found(deps, who.actor, listing), faceted(deps, who.actor, listing))
    except (Problem, TooWide) as error:
        return _shown(request, given, problem=_told(error))
    return _shown(request, given, **_results(given, results, facets))


@router.get(SUBSCRIBE)
async def subscribe(request: Request, who: Reader, deps: Needs) -> Response:
    """Show the secret address of a search's feed, which is this person's own."""
    given = _given(request)
    read(Filters, given)
    chosen = {name: value for name, value in given.items() if name in Subscribed.__slots__}
    feed = await _feed(deps, who, chosen)
    return page(request, "library_feed.html", feed=feed, chips=_chips(chosen), q=given.get("q", ""), back=_path(given))


def _given(request: Request) -> dict[str, str]:
    """Return what is searched for, without the fields of the form that were left empty."""
    values = request.query_params.items()
    return {name: value for name, value in values if name in Listing.model_fields and value.strip() and name != "limit"}


def _told(error: Problem | TooWide) -> Problem:
    return error if isinstance(error, Problem) else Problem(422, "search-too-wide", TOO_WIDE, field="q")


def _shown(request: Request, given: Given, problem: Problem | None = None, **results: Any) -> Response:
    """Return the page; without results when there is a problem."""
    nothing: dict[str, Any] = {"results": (), "facets": {}, "total": None, "next": None, "meant": None}
    return page(
        request,
        "library.html",
        problem.status if problem else 200,
        **{**nothing, **results},
        problem=problem,
        q=given.get("q", ""),
        chips=_chips(given),
        kept={name: value for name, value in given.items() if name not in ("q", "cursor")},
        feed=f"{SUBSCRIBE}{_path(given).removeprefix(PATH)}",
        first=_path(given) if "cursor" in given else None,
        filtered=_path({"q": given["q"]}) if "q" in given else PATH,
    )


def _results(given: Given, results: PostmortemPage, facets: FacetPage) -> dict[str, Any]:
    keys = parsed(given.get("q")).marked()
    cursor, meant = results.next_cursor, results.did_you_mean
    return {
        "results": [_result(item, keys) for item in results.items],
        "facets": {kind: list(_choices(given, kind, facets)) for kind in FACETS},
        "shown": SHOWN,
        "total": _total(facets),
        "next": _path(given, cursor=cursor) if cursor else None,
        "meant": (meant, _path({**given, "q": meant})) if meant else None,
    }


def _total(facets: FacetPage) -> str:
    if facets.counted <= 1:
        return "1 postmortem" if facets.counted else "No postmortem"
    return f"{'More than ' if facets.more else ''}{facets.counted:,} postmortems"


def _result(item: FoundPostmortem, keys: frozenset[str]) -> Result:
    return Result(item, pieces(item.title, keys), _moment(item.created_at), _moment(item.updated_at))


def _moment(at: str | None) -> datetime | None:
    return datetime.fromisoformat(at) if at else None


def _choices(given: Given, kind: str, facets: FacetPage) -> Iterator[Choice]:
    """Return the values that would narrow the search further; one that is chosen already would not."""
    if kind not in given:
        for each in getattr(facets, kind):
            path = _path({**given, kind: each.value})
            yield Choice(kind, _label(kind, each.value), path, each.count)


def _chips(given: Given) -> list[Choice]:
    """Return the filters that are on, each with the search without it."""
    on = [kind for kind in KINDS if kind in given]
    return [
        Choice(KINDS[kind], _label(kind, given[kind]), _path({k: v for k, v in given.items() if k != kind}))
        for kind in on
    ]


def _label(kind: str, value: str) -> str:
    if kind == "severity":
        return value.upper()
    return value.replace("_", " ") if kind in {"status", "timeliness"} else value


def _path(given: Given, **more: str) -> str:
    """Return the address of a search, from its first page on unless a cursor is added."""
    asked = {**{name: value for name, value in given.items() if name != "cursor"}, **more}
    return f"{PATH}?{urlencode(asked)}" if asked else PATH


async def _feed(deps: Deps, who: Visitor, chosen: Given) -> str:
    address = (await links_of(deps, who.caller)).feed_url
    return f"{address}&{urlencode(chosen)}" if chosen else address
