"""A text that somebody works on in a page: what they have of it, and a change of it that loses nothing."""

from __future__ import annotations

from fastapi import Response

from services.gateway.domain import etags
from services.gateway.domain.etags import Base
from services.gateway.domain.view import View
from services.gateway.handlers.giving import Answered
from services.gateway.handlers.merging import as_of
from services.gateway.handlers.pages.rendering import see
from services.gateway.handlers.postmortems import Patch, patched
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import drafted
from services.gateway.ports import Deps, Unavailable
from shared.contracts.commands import Actor
from shared.contracts.events import Snapshot

OFF = {
    "skipped": "The postmortem is skipped, so its text is left as it is. Ask for it on its page first.",
    "closed": "Its incident is part of another postmortem: change that one, or take the incident out of it first.",
}
NOT_NOW = "It could not be stored safely, so nothing was saved. What you have typed is still here: send it again."


def base_of(draft: Snapshot) -> str:
    """Return what a form says it was made on: a tag of the text, and of who may see it."""
    return etags.etag(draft, b"a form")


def elsewhere(view: View) -> Response | None:
    """Return where to go on with a text that is published; None: it is worked on. Raises: Problem 409 when it is not.

    Somebody whose text was published, skipped or merged while they typed gets to know that when they save.
    """
    if view.is_out():
        return see(f"/postmortems/{view.id}/correction")
    if (status := view.status()) in OFF:
        raise Problem(409, "postmortem-skipped" if status == "skipped" else "merged", OFF[status])
    return None


async def change(deps: Deps, id: str, actor: Actor, patch: Patch, key: str | None, base: str) -> Answered:
    """Give a change of the text. Raises: Problem, as the API answers; 503 while nobody has taken it."""
    try:
        return await patched(deps, id, actor, patch, key, (base,))
    except Unavailable as error:
        raise Problem(503, "not-accepted", NOT_NOW) from error


async def made_on(deps: Deps, id: str, draft: Snapshot, base: str) -> Snapshot | None:
    """Return the text that a form was made on, None when it never stood there."""
    meant = etags.base_meant((base,), draft)
    if meant is None or meant.revision == draft.revision:
        return draft if meant else None
    revision = await deps.history.revision(id, meant.revision)
    return revision.draft if revision and _is(revision.draft, meant) else None


def _is(draft: Snapshot, base: Base) -> bool:
    return draft.content_hash.startswith(base.digest)


async def newest(deps: Deps, id: str, reader: Actor, problem: Problem) -> Snapshot:
    """Return the text that stood in the way of a change, or one that is newer. Raises: Problem 404."""
    _, draft = await drafted(deps, id, reader)
    number = problem.more.get("revision")
    if number is None or number <= draft.revision:
        return draft
    found = await as_of(deps, id, number)
    return found.knowing(draft) if found else draft


def outcome_of(answered: Answered | None) -> str:
    """Return what to say of a change; None: there was nothing to change."""
    if answered is None:
        return "unchanged"
    if answered.reply is None:
        return "later"
    return "merged" if answered.reply.data.get("merged_from") else "saved"
