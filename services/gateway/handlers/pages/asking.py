"""Asking a room for a part of a page: it does not wait for long, and the page stays when the room is away."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from typing import TypeVar

from fastapi import Response
from pydantic import BaseModel

from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps, Unavailable

QUICK_S = 1.5
"""How long a page waits for a part of it: somebody looks at nothing meanwhile."""
AWAY = 503
M = TypeVar("M", bound=BaseModel)


def hasty(deps: Deps) -> Deps:
    """Return the same with less patience."""
    return replace(deps, patience=min(deps.patience, QUICK_S))


async def part(shown: type[M], asked: Awaitable[Response]) -> M | None:
    """Return what an API's handler answers, or None when the room behind it is away. Raises: Problem."""
    try:
        answer = await asked
    except Unavailable:
        return None
    except Problem as problem:
        if problem.status == AWAY:
            return None
        raise
    return shown.model_validate_json(bytes(answer.body))
