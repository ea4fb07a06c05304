"""A postmortem as routes find it and answer it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response

from services.gateway.domain import answer, etags
from services.gateway.domain.answers.postmortem import Postmortem
from services.gateway.domain.restriction import sees
from services.gateway.domain.view import View
from services.gateway.handlers.giving import Answered, accepted
from services.gateway.handlers.problems import unknown
from services.gateway.ports import Deps
from shared.contracts.commands import Actor
from shared.contracts.events import Snapshot

WHOLE: dict[str, Any] = {"says": "The postmortem as it is now.", "headers": ["ETag"], "later": True, "unseen": True}
"""How a route answers that changes a postmortem: with `done`."""
ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
Id = Annotated[str, Path(pattern=ID, description="The postmortem's id.")]


async def drafted(deps: Deps, id: str, reader: Actor) -> tuple[View, Snapshot]:
    """Return a postmortem that has a draft and that this person may see. Raises: Problem 404, the same for both."""
    view = await deps.library.seen_by(reader.email, id)
    if view is None or view.draft is None:
        raise unknown()
    return view, view.draft


async def whole_for(deps: Deps, view: View, draft: Snapshot, reader: Actor) -> Postmortem:
    """Return everything about one postmortem that this person may know."""
    sees = not view.merged or await deps.library.seen_by(reader.email, view.merged.into) is not None
    return answer.whole(view, draft, deps.public_url, deps.clock.now(), sees_taker=sees)


async def shown(deps: Deps, id: str, reader: Actor) -> Response:
    """Answer with a whole postmortem and its ETag."""
    view, draft = await drafted(deps, id, reader)
    return await _as_shown(deps, view, draft, reader)


async def _as_shown(deps: Deps, view: View, draft: Snapshot, reader: Actor) -> Response:
    body = (await whole_for(deps, view, draft, reader)).model_dump_json().encode()
    return Response(body, media_type="application/json", headers={"ETag": etags.etag(draft, body)})


async def done(deps: Deps, answered: Answered, id: str, actor: Actor) -> Response:
    """Answer with the postmortem as it is now, or 202 when its room has not replied yet.

    204: it is done, and the postmortem is not for this person's eyes any more.
    """
    if answered.reply is None:
        return accepted(deps, answered.id)
    known = answered.view
    view = known if known and known.id == id else await deps.library.seen_by(actor.email, id)
    if view is None or view.draft is None or not sees(actor.email, view):
        return Response(status_code=204)
    return await _as_shown(deps, view, view.draft, actor)
