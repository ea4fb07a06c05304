"""The community of reviewers: who belongs to it, what they know, who is away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.convertors import StringConvertor, register_url_convertor

from services.gateway.domain import directory, etags
from services.gateway.domain.access import Act
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.directory import KnownReviewer
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.conditions import IfMatch, IfNoneMatch
from services.gateway.handlers.giving import IdempotencyKey, accepted, give
from services.gateway.handlers.preconditions import ByGroup, ReadOnly, base_version, same_as_address
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.contracts.availability import Away, Hours, Spans
from shared.contracts.base import Email, Line, Moment, Token
from shared.contracts.commands import Actor
from shared.contracts.community import Capacity, Known, Level, Member, PutReviewer, reviewer_id
from shared.contracts.values import Origin
from shared.contracts.zones import Zone


class AnyMember(StringConvertor):
    """What stands in the path of one member: anything but the name of the statistics, which take no PUT."""

    regex = "(?!statistics$)[^/]+"


register_url_convertor("member", AnyMember())
router = APIRouter(prefix="/v1/reviewers", tags=["reviewers"])
Whose = Annotated[Email, Path(description="The member's e-mail address.")]
EXAMPLE: dict[str, Any] = {
    "name": "Dina Haddad",
    "services": ["checkout"],
    "active": True,
    "away_until": "2026-04-07T07:00:00Z",
    "note": "Knows the payment providers.",
    "skills": ["databases"],
    "capacity": 3,
    "away": [{"since": "2026-07-13", "until": "2026-07-24"}],
    "timezone": "Europe/Berlin",
    "hours": {"opens": "08:00", "closes": "14:00"},
    "level": "mentor",
    "team": "payments",
    "aliases": ["dina@example.net"],
}
SHOWN = {**EXAMPLE, "email": "dina.haddad@example.com", "origin": "api", "by_group": False}


class ReviewerGiven(BaseModel):
    """A member of the community, whole: what is left out has its default. `active: false` leaves the community.

    What was read may be sent back as it is.
    """

    model_config = ConfigDict(extra="forbid", **example(EXAMPLE))

    name: Line
    services: Known = ()
    active: bool = True
    away_until: Moment | None = None
    note: Annotated[str, Field(max_length=500)] = ""
    skills: Known = ()
    capacity: Annotated[Capacity | None, Field(description="Open reviews at once; null: the policy's number.")] = None
    away: Annotated[Spans, Field(description="Days, both included, or times.")] = ()
    timezone: Annotated[Zone | None, Field(description="Of these days and hours; null: the organisation's.")] = None
    hours: Annotated[Hours | None, Field(description="The own working day; null: the organisation's.")] = None
    level: Level = Level.EXPERIENCED
    team: Token | None = None
    aliases: Annotated[tuple[Email, ...], Field(max_length=20, description="Other addresses of the same person.")] = ()
    email: Email | None = None
    origin: ReadOnly = None
    by_group: ByGroup = None


class ReviewerShown(BaseModel):
    """A member of the community; `origin` tells whether the organisation or somebody over the API said so.

    `by_group`: the organisation did by a group of its OpenID provider, and not in the policy file.
    """

    model_config = example(SHOWN)

    name: str
    email: str
    services: tuple[str, ...]
    active: bool
    away_until: datetime | None
    note: str
    origin: Origin
    by_group: bool
    skills: tuple[str, ...]
    capacity: int | None
    away: tuple[Away, ...]
    timezone: str | None
    hours: Hours | None
    level: Level
    team: str | None
    aliases: tuple[str, ...]


class ReviewersShown(BaseModel):
    """Members of the community, by address."""

    model_config = example({"items": [SHOWN], "next_cursor": None})

    items: list[ReviewerShown]
    next_cursor: None = None


class Wanted(BaseModel):
    """Which members are listed."""

    active: Annotated[bool | None, Field(description="Whether they belong to it, or have left.")] = None
    service: Annotated[str | None, Field(max_length=200, description="A service that they know best.")] = None
    skill: Annotated[str | None, Field(max_length=200, description="A skill that they have.")] = None
    level: Annotated[Level | None, Field(description="How they take part.")] = None
    team: Annotated[str | None, Field(max_length=200, description="The team that they belong to.")] = None

    def takes(self, member: Member) -> bool:
        """Say whether a member is meant."""
        return (
            self.active in (None, member.active)
            and self.level in (None, member.level)
            and self.team in (None, member.team)
            and (self.service is None or self.service in member.services)
            and (self.skill is None or self.skill in member.skills)
        )


@router.get("", summary="List the reviewers", **answers(ReviewersShown, says="All of them."))
async def list_reviewers(
    _: Annotated[Actor, may(Act.READ_REVIEWERS)], deps: Needs, wanted: Annotated[Wanted, Query()]
) -> Response:
    """List the community by address, also who has left it (`active`). Nobody's reviews are counted."""
    found = [_shown(known) for known in await deps.reviewers.listed() if wanted.takes(known.reviewer)]
    return JSONResponse(ReviewersShown(items=found).model_dump(mode="json"))


@router.get(
    "/{email:member}",
    summary="Read a reviewer",
    **answers(ReviewerShown, "404 unknown-reviewer", says="The member.", headers=["ETag"]),
)
async def get_reviewer(
    email: Whose, _: Annotated[Actor, may(Act.READ_REVIEWERS)], deps: Needs, if_none_match: IfNoneMatch = ()
) -> Response:
    """Read one member of the community; 304 when you have it just so."""
    known = await deps.reviewers.state_of(reviewer_id(email))
    if known is None:
        raise Problem(404, "unknown-reviewer", "Nobody of this address is or was in the community.")
    same = etags.unchanged(if_none_match, directory.etag(known))
    return Response(status_code=304, headers={"ETag": same}) if same else _answer(known)


@router.put(
    "/{email:member}",
    summary="Add or change a reviewer",
    **answers(
        ReviewerShown,
        "403 own-entry-or-admin",
        "422 too-large",
        says="The member as they are now.",
        headers=["ETag"],
        later=True,
        made=True,
    ),
)
async def put_reviewer(
    email: Whose,
    given: ReviewerGiven,
    actor: Annotated[Actor, may(Act.CHANGE_REVIEWERS)],
    deps: Needs,
    key: IdempotencyKey = None,
    if_match: IfMatch = (),
    if_none_match: IfNoneMatch = (),
) -> Response:
    """Take somebody in or change an entry: people their own, an admin anybody's. The next assignment goes by it."""
    base = base_version(await deps.reviewers.state_of(reviewer_id(email)), if_match, if_none_match)
    same_as_address("email", given.email, email)
    member = Member(email=email, **given.model_dump(exclude={"email", "origin", "by_group"}))
    return await _done(deps, PutReviewer(actor=actor, reviewer=member, base_version=base), key)


async def _done(deps: Deps, command: PutReviewer, key: str | None) -> Response:
    answered = await give(deps, command, key)
    if answered.reply is None:
        return accepted(deps, answered.id)
    now = KnownReviewer(version=answered.reply.data["version"], origin="api", reviewer=command.reviewer)
    return _answer(now, 201 if answered.reply.data["created"] else 200)


def _answer(known: KnownReviewer, status: int = 200) -> Response:
    headers = {"ETag": directory.etag(known)}
    return JSONResponse(_shown(known).model_dump(mode="json"), status_code=status, headers=headers)


def _shown(known: KnownReviewer) -> ReviewerShown:
    return ReviewerShown(origin=known.origin, by_group=known.by_group, **dict(known.reviewer))
