"""Who is calling: the bearer key of a request, and what the role behind it may do."""

from __future__ import annotations

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


def may(act: Act) -> Any:
    """Return what a route annotates its caller with: whose role may do this, passes. Raises: Problem 403."""

    def check(actor: Annotated[Actor, Depends(caller)]) -> Actor:
        if actor.role not in MAY[act]:
            needed = ", ".join(sorted(MAY[act]))
            raise Problem(
                403, "role-needed", f"A key with role {actor.role} may not do this; it takes one of {needed}."
            )
        return actor

    return Depends(check)
