"""Postmortems for people: find them, and see what a search can be narrowed by."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.gateway.domain import answer
from services.gateway.domain.access import Act
from services.gateway.domain.answers.searching import FacetPage, FacetValue, FoundPostmortem, PostmortemPage, highlights
from services.gateway.domain.cursor import Position
from services.gateway.domain.highlights import excerpts
from services.gateway.domain.search import FACETS, Wanted
from services.gateway.domain.spelling import corrected, typed
from services.gateway.domain.timeliness import Timeliness
from services.gateway.domain.view import UNSTAMPED, View
from services.gateway.handlers import paging
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.ports import Deps
from shared.contracts.base import Severity
from shared.contracts.commands import Actor
from shared.contracts.events import Snapshot
from shared.contracts.values import Status

router = APIRouter(prefix="/v1", tags=["postmortems"])

Filter = Annotated[str | None, Field(max_length=200)]
Month = Annotated[str | None, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class Filters(BaseModel):
    """Which postmortems are wanted; all of what is given has to be true of each."""

    q: Filter = Field(
        default=None,
        description='Words, all of which the text has; `"these words"` as they stand, `-none` of this word.',
    )
    status: Status | None = Field(default=None, description="How far it is; `skipped` ones are listed only by that.")
    timeliness: Timeliness | None = Field(default=None, description="How it stands to its deadline.")
    severity: Severity | None = Field(default=None, description="How bad it was.")
    service: Filter = Field(default=None, description="A service that was affected.")
    owner: Filter = Field(default=None, description="The owner's address.")
    tag: Filter = Field(default=None, description="A tag that it has.")
    month: Month = Field(default=None, description="The month that the incident began in (UTC), as `2026-03`.")
    factor: Filter = Field(default=None, description="A contributing factor that it names.")

    def filters(self) -> dict[str, str | None]:
        """Return what the list is searched by, as the caller gave it."""
        return {name: getattr(self, name) for name in Filters.model_fields}

    def wanted(self, reader: str, now: datetime) -> Wanted:
        """Return what somebody searches for, from the beginning on."""
        return Wanted(
            reader=reader,
            now=now,
            q=self.q,
            status=self.status,
            timeliness=self.timeliness,
            severity=self.severity,
            service=self.service,
            owner=self.owner,
            tag=self.tag,
            month=self.month,
            factor=self.factor,
        )


class Listing(Filters):
    """Which postmortems are listed, and from where on."""

    cursor: paging.Cursor = None
    limit: paging.Limit = 50


@router.get(
    "/postmortems",
    summary="Find postmortems",
    **answers(PostmortemPage, "422 search-too-wide", says="One page of them.", headers=["Link"]),
)
async def list_postmortems(
    actor: Annotated[Actor, may(Act.READ_POSTMORTEMS)], deps: Needs, listing: Annotated[Listing, Query()]
) -> Response:
    """List postmortems, newest first; `q` searches titles, texts and timelines. `Link: rel="next"` is the next page.

    With `q`, `highlights` are the passages that it is found in; `did_you_mean` is another search when no postmortem has
    one of its words.
    """
    page = await found(deps, actor, listing)
    headers = _link(deps, listing, page.next_cursor)
    return Response(page.model_dump_json(), headers=headers, media_type="application/json")


@router.get(
    "/facets",
    summary="See what a search can be narrowed by",
    **answers(FacetPage, "422 search-too-wide", says="How many there are of each."),
)
async def get_facets(
    actor: Annotated[Actor, may(Act.READ_POSTMORTEMS)], deps: Needs, filters: Annotated[Filters, Query()]
) -> Response:
    """Count the postmortems that a search finds by status, severity, service, tag, contributing factor and month.

    The newest 1,000 are counted at most (`counted`); `more` says that there are others.
    """
    return Response((await faceted(deps, actor, filters)).model_dump_json(), media_type="application/json")


async def found(deps: Deps, actor: Actor, listing: Listing) -> PostmortemPage:
    """Return a page of what somebody searches for. Raises: Problem 422 for a cursor; TooWide."""
    after = paging.after(deps, listing.cursor, listing.filters())
    wanted = replace(listing.wanted(actor.email, deps.clock.now()), after=after, limit=listing.limit + 1)
    views = await deps.library.listed(wanted)
    page, more = views[: listing.limit], len(views) > listing.limit
    keys = wanted.query().marked()
    return PostmortemPage(
        items=tuple(_item(deps, view, view.draft, keys, wanted) for view in page if view.draft),
        next_cursor=deps.cursors.seal(_position(page[-1]), listing.filters()) if more else None,
        did_you_mean=await _meant(deps, listing.q or "") if after is None else None,
    )


async def faceted(deps: Deps, actor: Actor, filters: Filters) -> FacetPage:
    """Return what a search can be narrowed by. Raises: TooWide."""
    facets = await deps.library.facets(filters.wanted(actor.email, deps.clock.now()))
    values = {kind: facets.by.get(kind, {}) for kind in FACETS}
    listed = {
        kind: tuple(FacetValue(value=value, count=n) for value, n in each.items()) for kind, each in values.items()
    }
    return FacetPage(counted=facets.counted, more=facets.more, **listed)


def _item(deps: Deps, view: View, draft: Snapshot, keys: frozenset[str], wanted: Wanted) -> FoundPostmortem:
    summary = answer.summary(view, draft, deps.public_url, wanted.now)
    return FoundPostmortem(**dict(summary), highlights=highlights(excerpts(view, draft, keys)))


async def _meant(deps: Deps, text: str) -> str | None:
    better = await deps.vocabulary.better(typed(text))
    return corrected(text, dict(better)) if better else None


def _position(view: View) -> Position:
    return view.created_at or UNSTAMPED[0], view.id


def _link(deps: Deps, listing: Listing, cursor: str | None) -> dict[str, str]:
    return paging.link(deps, "/v1/postmortems", {**listing.filters(), "limit": listing.limit}, cursor)
