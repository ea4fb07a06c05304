"""Who is calling: the bearer credential of a request, and what the role and scopes behind it allow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

from services.gateway.domain.access import MAY, Act, Denied, denied
from services.gateway.domain.identity import Caller, NotAccepted
from services.gateway.domain.rates import policy_of
from services.gateway.handlers import rates
from services.gateway.handlers.identity import identified
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.contracts.commands import Actor

BEARER = HTTPBearer(
    scheme_name="bearer", auto_error=False, description="An API key, or an access token of the OpenID provider."
)


async def deps_of(request: Request) -> Deps:
    """Return what the handlers use. A coroutine, as all of these: the framework gives others to a thread each time."""
    deps: Deps = request.app.state.deps
    return deps


Needs = Annotated[Deps, Depends(deps_of)]


def bearer(request: Request) -> str | None:
    """Return the bearer credential of a request, or None (RFC 6750, 2.1)."""
    scheme, credential = get_authorization_scheme_param(request.headers.get("authorization"))
    return credential if credential and scheme.lower() == "bearer" else None


async def caller(request: Request, deps: Deps, credential: str | None) -> Caller:
    """Return who calls, and keep it with the request. Raises: Problem 401 without a good credential, 403, 429, 503."""
    if credential is None:
        detail = "Send an API key or an access token: `Authorization: Bearer <key>`."
        raise _unauthorized("no-valid-key", detail, "Bearer")
    try:
        known = await identified(deps, credential)
    except NotAccepted as error:
        await rates.take_failed(request, deps, error.rule)
        challenge = f'Bearer error="invalid_token", error_description="{error.brief}"'
        raise _unauthorized(error.rule, error.detail, challenge) from error
    await rates.take(request, deps, policy_of(known.actor.role), known.actor.email)
    request.state.caller = known
    return known


def known_as(request: Request) -> Caller:
    """Return who calls, after `may` has let them pass."""
    known: Caller = request.state.caller
    return known


async def again(request: Request) -> Callable[[], Awaitable[Caller | None]]:
    """Return what asks anew who calls, for answers that last: None when the credential is good no more."""

    async def ask() -> Caller | None:
        try:
            return await caller(request, request.app.state.deps, bearer(request))
        except Problem:
            return None

    return ask


Again = Annotated[Callable[[], Awaitable[Caller | None]], Depends(again)]


def allowed(known: Caller, act: Act) -> Actor:
    """Return who calls, if their role and key may do this. Raises: Problem 403."""
    why = denied(act, known.actor.role, known.scopes)
    if why:
        raise _forbidden(why)
    return known.actor


def asks_for(act: Act) -> dict[str, list[str]]:
    """Return what the description of a route says of who may: the roles, and the scopes of which a key needs one."""
    rule = MAY[act]
    return {"x-roles": sorted(map(str, rule.roles)), "x-scopes": [str(act), *sorted(map(str, rule.groups))]}


class Gate(SecurityBase):
    """Lets callers pass whose credential is good, and whose role and key may do an act.

    One step for the framework, which takes more time for every further one than the key needs to be looked at. The
    description of a route reads from here who may.
    """

    def __init__(self, act: Act) -> None:
        self.act = act
        self.model = BEARER.model
        self.scheme_name = BEARER.scheme_name

    async def __call__(self, request: Request) -> Actor:
        """Return who calls. Raises: Problem 401, 403, 429, 503."""
        return allowed(await caller(request, request.app.state.deps, bearer(request)), self.act)


def may(act: Act) -> Any:
    """Return what a route annotates its caller with: whose role and key may do this, passes. Raises: Problem 403."""
    return Depends(Gate(act))


def _unauthorized(rule: str, detail: str, challenge: str) -> Problem:
    return Problem(401, rule, detail, field="Authorization", headers={"WWW-Authenticate": challenge})


def _forbidden(why: Denied) -> Problem:
    if why.scope is None:
        return Problem(403, why.rule, why.detail)
    challenge = f'Bearer error="insufficient_scope", scope="{why.scope}"'
    return Problem(403, why.rule, why.detail, headers={"WWW-Authenticate": challenge}, scope=why.scope)
