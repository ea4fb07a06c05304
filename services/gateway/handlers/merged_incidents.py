"""Several incidents in one postmortem: put another one's incident in, and take it out again."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, model_validator

from services.gateway.domain.access import Act
from services.gateway.domain.answers.postmortem import ID as SAMPLE
from services.gateway.domain.answers.postmortem import Postmortem
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.view import View
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import LOOK_EVERY, SEE_IT_FOR, Answered, IdempotencyKey, give
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import ID, WHOLE, Id, done, drafted
from services.gateway.ports import Deps
from shared.contracts.base import PostmortemId, Token, postmortem_id
from shared.contracts.commands import Actor
from shared.contracts.merging import MergeIncident, UnmergeIncident

router = APIRouter(prefix="/v1/postmortems/{id}/incidents", tags=["postmortems"])
WORKED_ON = frozenset({"draft", "in_review", "changes_requested"})
"""The statuses of a postmortem that takes another one's incident."""
MergedId = Annotated[str, Path(pattern=ID, description="The postmortem that the incident began with.")]


class OtherIncident(BaseModel):
    """Which incident: the postmortem that it began with, or what its tool calls it."""

    model_config = ConfigDict(extra="forbid", **example({"postmortem_id": SAMPLE}))

    postmortem_id: PostmortemId | None = None
    source: Token | None = None
    external_id: Token | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> OtherIncident:
        named = [value is not None for value in (self.postmortem_id, self.source, self.external_id)]
        if named not in ([True, False, False], [False, True, True]):
            msg = "give either `postmortem_id`, or `source` and `external_id`"
            raise ValueError(msg)
        return self

    def id(self) -> str:
        """Return the id of the postmortem that the incident began with."""
        return self.postmortem_id or postmortem_id(self.source or "", self.external_id or "")


@router.post(
    "",
    summary="Merge another incident into a postmortem",
    **answers(
        Postmortem,
        "409 takes-no-incidents",
        "409 merged-into-itself",
        "409 already-merged",
        "409 has-merged-incidents",
        "409 approved-or-published",
        "409 postmortem-skipped",
        "409 restricted-stays-alone",
        "422 too-large",
        **WHOLE,
    ),
)
async def merge_incident(
    id: Id,
    other: OtherIncident,
    actor: Annotated[Actor, may(Act.EDIT_POSTMORTEMS)],
    deps: Needs,
    key: IdempotencyKey = None,
) -> Response:
    """Let this postmortem be about another incident, too; that one's own is closed, its meeting and review are off.

    What its tool tells from then on comes here. A text that people have edited stays as it is; what is beside it grows.
    """
    view, _ = await drafted(deps, id, actor)
    _check_takes(view)
    answered = await give(deps, MergeIncident(postmortem_id=other.id(), actor=actor, into=id), key)
    return await _done(deps, answered, id, actor, other.id(), here=True)


@router.delete(
    "/{merged_id}",
    summary="Take a merged incident out again",
    **answers(Postmortem, "409 not-merged", "422 too-large", **WHOLE),
)
async def unmerge_incident(
    id: Id, merged_id: MergedId, actor: Annotated[Actor, may(Act.EDIT_POSTMORTEMS)], deps: Needs
) -> Response:
    """Take an incident out of this postmortem; its own goes on with the draft that it had, and has a meeting again."""
    await drafted(deps, id, actor)
    answered = await give(deps, UnmergeIncident(postmortem_id=merged_id, actor=actor, out_of=id), None)
    return await _done(deps, answered, id, actor, merged_id, here=False)


def _check_takes(view: View) -> None:
    """Refuse what the rooms would give back a moment later. Raises: Problem."""
    if view.draft and view.draft.restricted:
        text = "A restricted postmortem takes no other incident: its people would see this one. Its owner may open it."
        raise Problem(409, "restricted-stays-alone", text)
    if (status := view.status()) not in WORKED_ON:
        text = f"The postmortem is {status}; only what is still worked on takes another incident."
        raise Problem(409, "takes-no-incidents", text)


async def _done(deps: Deps, answered: Answered, id: str, actor: Actor, merged_id: str, *, here: bool) -> Response:
    """Answer with the postmortem, once it shows what was done or is behind."""
    if answered.reply is not None:
        await _until_shown(deps, id, actor, merged_id, here=here)
    return await done(deps, answered, id, actor)


async def _until_shown(deps: Deps, id: str, actor: Actor, merged_id: str, *, here: bool) -> None:
    """Wait until the postmortem is about the incident, or is no more: its room is told by the other one's document."""
    try:
        async with asyncio.timeout(SEE_IT_FOR):
            while (view := await deps.library.seen_by(actor.email, id)) and _is_about(view, merged_id) is not here:
                await asyncio.sleep(LOOK_EVERY)  # noqa: TID251 - the event is on its way
    except TimeoutError:
        return  # the library is behind; what was asked for is done all the same


def _is_about(view: View, merged_id: str) -> bool:
    return any(part.postmortem_id == merged_id for part in view.incidents)
