"""Who is calling: the bearer key of a request, and what the role behind it may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.gateway.domain.access import MAY, Act, who_is
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.contracts.commands import Actor

BEARER = HTTPBearer(auto_error=False, description="An API key.")


def deps_of(request: Request) -> Deps:
    """Return what the handlers use."""
    deps: Deps = request.app.state.deps
    return deps


Needs = Annotated[Deps, Depends(deps_of)]


async def caller(deps: Needs, key: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]) -> Actor:
    """Return who calls. Raises: Problem 401 without a good key."""
    actor = who_is(key.credentials, deps.keys) if key else None
    if actor is None:
        raise Problem(
            401,
            "no-valid-key",
            "Send a valid API key: `Authorization: Bearer <key>`.",
            field="Authorization",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return actor


def again(
    deps: Needs, key: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
) -> Callable[[], Awaitable[Actor | None]]:
    """Return what asks anew who calls, for answers that last: None when the key is good no more."""

    async def ask() -> Actor | None:
        try:
            return await caller(deps, key)
        except Problem:
            return None

    return ask


Again = Annotated[Callable[[], Awaitable[Actor | None]], Depends(again)]


def allowed(actor: Actor, act: Act) -> Actor:
    """Return who calls, if their role may do this. Raises: Problem 403."""
    if actor.role not in MAY[act]:
        needed = ", ".join(sorted(MAY[act]))
        raise Problem(403, "role-needed", f"A key with role {actor.role} may not do this; it takes one of {needed}.")
    return actor


def may(act: Act) -> Any:
    """Return what a route annotates its caller with: whose role may do this, passes. Raises: Problem 403."""

    def check(actor: Annotated[Actor, Depends(caller)]) -> Actor:
        return allowed(actor, act)

    return Depends(check)
