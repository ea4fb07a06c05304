"""Edits that meet others: of other parts they are merged, of the same part the caller is shown what stands there."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Response

from services.gateway.handlers.conditions import own
from services.gateway.handlers.giving import LOOK_EVERY, SEE_IT_FOR, Answered, give
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import WHOLE, done
from services.gateway.ports import Deps
from shared.contracts.commands import Actor, CorrectPostmortem, RevisePostmortem
from shared.contracts.events import Snapshot

MERGED_FROM = "X-Merged-From"
MERGED: dict[str, Any] = {**WHOLE, "headers": ["ETag", MERGED_FROM]}
"""How a route answers that edits a text: with `merged`."""
BASES = ("base_revision", "base_hash", "base_access")


async def edit(
    deps: Deps, command: RevisePostmortem | CorrectPostmortem, key: str | None, if_match: tuple[str, ...]
) -> Answered:
    """Give an edit. Raises: as `give`; 412 names what has changed, with what stands there now and by whom."""
    try:
        return await give(deps, command, key, but=own(if_match, *BASES))
    except Problem as problem:
        await show_conflicts(deps, command.postmortem_id, command.actor.email, problem)
        raise


async def merged(deps: Deps, answered: Answered, id: str, actor: Actor) -> Response:
    """Answer with the postmortem as it is now; a header names the older revision of an edit that was merged."""
    response = await done(deps, answered, id, actor)
    if answered.reply and (base := answered.reply.data.get("merged_from")):
        response.headers[MERGED_FROM] = str(base)
    return response


async def show_conflicts(deps: Deps, id: str, reader: str, problem: Problem) -> None:
    """Add to each part that a refusal names its `current` value; by whom and since when, the room has said."""
    conflicts = problem.more.get("conflicts", ())
    if conflicts and await deps.library.seen_by(reader, id):
        problem.more["conflicts"] = [await _with_current(deps, id, conflict) for conflict in conflicts]


async def _with_current(deps: Deps, id: str, conflict: dict[str, Any]) -> dict[str, Any]:
    draft = await as_of(deps, id, conflict["revision"])
    return {**conflict, "current": _part(draft, conflict["field"])} if draft else conflict


async def as_of(deps: Deps, id: str, number: int | None) -> Snapshot | None:
    """Return a revision, or what is known now; one that was made just now is on its way."""
    if number is None:
        view = await deps.view(id)
        return view.draft if view else None
    try:
        async with asyncio.timeout(SEE_IT_FOR):
            while (revision := await deps.history.revision(id, number)) is None:
                await asyncio.sleep(LOOK_EVERY)  # noqa: TID251 - the event is on its way
    except TimeoutError:
        return None  # the library is behind; who changed it is told all the same
    return revision.draft


def _part(draft: Snapshot, field: str) -> Any:
    name, _, section = field.partition(".")
    return draft.report.get(section) if section else draft.model_dump(mode="json", include={name})[name]
