"""The postmortem of the month: admins name one, or leave it to the rule."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.gateway.domain.access import Act
from services.gateway.domain.answers.shapes import example
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, accepted, give
from services.gateway.handlers.problems import Problem
from shared.contracts.base import PostmortemId
from shared.contracts.commands import Actor
from shared.contracts.decision import Reply
from shared.contracts.digests import ChoosePostmortemOfTheMonth, Month, ShowPostmortemOfTheMonth

router = APIRouter(prefix="/v1/postmortem-of-the-month/{month}", tags=["publication"])
When = Annotated[Month, Path(description="A month, such as `2026-03`.")]
CHOSEN = {
    "postmortem_id": "5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11",
    "why": "Shows how a retry without a limit takes down what it waits for.",
}


class MonthGiven(BaseModel):
    """Which postmortem, and why everybody should read it."""

    model_config = ConfigDict(extra="forbid", **example(CHOSEN))

    postmortem_id: PostmortemId
    why: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class MonthShown(BaseModel):
    """What was chosen for a month, by whom and when; without `postmortem_id` the rule chooses."""

    model_config = example(
        {"month": "2026-03", **CHOSEN, "chosen_by": "Hana Sato", "chosen_at": "2026-03-31T15:00:00Z"}
    )

    month: str
    postmortem_id: str | None
    why: str
    chosen_by: str | None
    chosen_at: datetime | None


@router.get(
    "",
    summary="Read which postmortem was chosen for a month",
    **answers(MonthShown, "503 room-away", "503 not-accepted", says="What was chosen."),
)
async def get_postmortem_of_the_month(
    month: When, actor: Annotated[Actor, may(Act.READ_POSTMORTEMS)], deps: Needs
) -> Response:
    """See what admins chose for a month; nothing is shown of what was restricted since."""
    answered = await give(deps, ShowPostmortemOfTheMonth(actor=actor, month=month), None)
    if answered.reply is None:
        text = "The distribution service does not answer; try again."
        raise Problem(503, "room-away", text, headers={"Retry-After": "5"})
    return _answer(answered.reply)


@router.put(
    "",
    summary="Choose the postmortem of a month",
    **answers(
        MonthShown,
        "404 unknown-postmortem",
        "409 not-published",
        "409 restricted-stays-out",
        "422 too-large",
        says="It is chosen.",
        later=True,
    ),
)
async def choose_postmortem_of_the_month(
    month: When,
    given: MonthGiven,
    actor: Annotated[Actor, may(Act.CHANGE_LISTS)],
    deps: Needs,
    key: IdempotencyKey = None,
) -> Response:
    """Choose what the first digest after this month puts at its top; admins only. What that has told already stays."""
    command = ChoosePostmortemOfTheMonth(actor=actor, month=month, chosen=given.postmortem_id, why=given.why)
    answered = await give(deps, command, key)
    return _answer(answered.reply) if answered.reply else accepted(deps, answered.id)


@router.delete(
    "",
    summary="Leave the postmortem of a month to the rule",
    **answers(MonthShown, "422 too-large", says="The rule chooses.", later=True),
)
async def leave_postmortem_of_the_month_to_the_rule(
    month: When, actor: Annotated[Actor, may(Act.CHANGE_LISTS)], deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Choose none; admins only. The rule: the most severe report, and of those the one with the most action items."""
    answered = await give(deps, ChoosePostmortemOfTheMonth(actor=actor, month=month, chosen=None), key)
    return _answer(answered.reply) if answered.reply else accepted(deps, answered.id)


def _answer(reply: Reply) -> Response:
    known = reply.data
    shown = MonthShown.model_validate({**known, "postmortem_id": known["chosen"]})
    return JSONResponse(shown.model_dump(mode="json"))
