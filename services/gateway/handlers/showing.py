"""A postmortem as routes find it and answer it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response
from fastapi.responses import JSONResponse

from services.gateway.domain import answer, etags
from services.gateway.domain.view import View
from services.gateway.handlers.giving import Answered, accepted
from services.gateway.handlers.problems import unknown
from services.gateway.ports import Deps
from shared.contracts.events import Snapshot

Id = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="The postmortem's id.")]


async def drafted(deps: Deps, id: str) -> tuple[View, Snapshot]:
    """Return a postmortem that has a draft. Raises: Problem 404."""
    view = await deps.library.state_of(id)
    if view is None or view.draft is None:
        raise unknown()
    return view, view.draft


async def shown(deps: Deps, id: str) -> Response:
    """Answer with a whole postmortem and its ETag."""
    view, draft = await drafted(deps, id)
    response = JSONResponse(answer.whole(view, draft, deps.public_url))
    response.headers["ETag"] = etags.etag(draft, bytes(response.body))
    return response


async def done(deps: Deps, answered: Answered, id: str) -> Response:
    """Answer with the postmortem as it is now, or 202 when its room has not replied yet."""
    return await shown(deps, id) if answered.reply else accepted(deps, answered.id)
