"""Lists in pages: where one goes on, and the link to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from pydantic import Field

from services.gateway.domain.cursor import Filters, NotACursor, Position
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps

Cursor = Annotated[str | None, Field(description="`next_cursor` of the page before, as it is.")]
Limit = Annotated[int, Field(ge=1, le=100, description="The most that one page holds.")]


def after(deps: Deps, cursor: str | None, filters: Filters) -> Position | None:
    """Return the position behind which a list goes on, None for its beginning. Raises: Problem 422."""
    try:
        return deps.cursors.open(cursor, filters) if cursor is not None else None
    except NotACursor as error:
        raise Problem(422, "invalid-field", f"cursor: {error}.", field="cursor") from error


def link(deps: Deps, path: str, asked: Mapping[str, object], cursor: str | None) -> dict[str, str]:
    """Return the header that leads to the next page of what was asked for, none behind the last one."""
    if cursor is None:
        return {}
    query = urlencode({**{name: value for name, value in asked.items() if value is not None}, "cursor": cursor})
    return {"Link": f'<{deps.public_url.rstrip("/")}{path}?{query}>; rel="next"'}
