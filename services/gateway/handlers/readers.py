"""Who reads with a program that cannot send `Authorization: Bearer`: HTTP Basic with an API key, or a secret link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyQuery, HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials

from services.gateway.domain import etags
from services.gateway.domain.access import Act, denied, known_as
from services.gateway.domain.api_keys import good_of
from services.gateway.domain.identity import Caller
from services.gateway.domain.links import NotALink, Purpose
from services.gateway.handlers.caller import BEARER, Needs, allowed, caller
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.contracts.commands import Actor

BASIC = HTTPBasic(
    scheme_name="basic", auto_error=False, realm="Afterword", description="Any user name; the password is an API key."
)
LINK = APIKeyQuery(
    name="token",
    scheme_name="secret_link",
    auto_error=False,
    description="The token of a secret link (`GET /v1/me/links`), instead of a key. Whoever has the link may read.",
)
ASK = 'Basic realm="Afterword", charset="UTF-8"'
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
"""Each person's own; it may be kept, and is asked for anew with its ETag."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Lets pass who may read a document, by key, by password or by link; the description of its route reads who may."""

    act: Act
    purpose: Purpose

    async def __call__(
        self,
        request: Request,
        deps: Needs,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
        basic: Annotated[HTTPBasicCredentials | None, Security(BASIC)],
        token: Annotated[str | None, Security(LINK)],
    ) -> Actor:
        """Return who reads. Raises: Problem 401, 403; 404 for a link that is no good."""
        if token is not None:
            return await _linked(deps, self.act, self.purpose, token)
        return allowed(await _keyed(request, deps, bearer, basic), self.act)


def reader(act: Act, purpose: Purpose) -> Any:
    """Return what a document annotates its reader with. Raises: Problem 401, 403; 404 for a link that is no good."""
    return Depends(Reader(act, purpose))


async def _keyed(
    request: Request, deps: Deps, bearer: HTTPAuthorizationCredentials | None, basic: HTTPBasicCredentials | None
) -> Caller:
    credential = basic.password if basic else bearer.credentials if bearer else None
    try:
        return await caller(request, deps, credential)
    except Problem as problem:
        problem.headers["WWW-Authenticate"] = ASK  # programs that ask their user ask for a password then
        raise


async def _linked(deps: Deps, act: Act, purpose: Purpose, token: str) -> Actor:
    """Whose link it is. The answer to a bad one does not tell why: forged, revoked, or its person gone."""
    try:
        email, generation = deps.tokens.open(purpose, token)
    except NotALink:
        email, generation = "", 0
    actor = await _person(deps, act, email)
    if actor is None or await deps.links.generation(email) != generation:
        text = "This link is not good, or not any more; take a new one from `GET /v1/me/links`."
        raise Problem(404, "unknown-link", text, field="token")
    return actor


async def _person(deps: Deps, act: Act, email: str) -> Actor | None:
    """Return as whom somebody may do this today: by a key that they have, or for a while by their access token."""
    now, ids = deps.clock.now(), deps.identities
    keys = [*map(Caller, known_as(email, ids.configured)), *good_of(await ids.kept.of(email), now)]
    token = await deps.links.vouched(email, now)
    callers = [*keys, *([Caller(token)] if token else [])]
    return next((known.actor for known in callers if not denied(act, known.actor.role, known.scopes)), None)


def private(body: bytes, media_type: str, if_none_match: tuple[str, ...], more: Mapping[str, str]) -> Response:
    """Answer with a document of one person's, or with 304 when they have it just so."""
    tag = etags.of_bytes(body)
    same = etags.unchanged(if_none_match, tag)
    headers = {**PRIVATE, **more, "ETag": same or tag}
    return (
        Response(status_code=304, headers=headers) if same else Response(body, media_type=media_type, headers=headers)
    )
