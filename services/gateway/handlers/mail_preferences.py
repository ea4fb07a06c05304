"""When somebody gets reports: each at once, a digest a week, or none; people for themselves, admins for anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from services.gateway.domain.access import Act
from services.gateway.domain.answers.shapes import example
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, accepted, give
from services.gateway.handlers.problems import Problem
from shared.contracts.base import Email
from shared.contracts.commands import Actor
from shared.contracts.decision import Reply
from shared.contracts.mail_preferences import ChangeMailPreference, Reports, ShowMailPreference

router = APIRouter(prefix="/v1/mail-preferences/{email}", tags=["lists"])
Whose = Annotated[Email, Path(description="The e-mail address of whose mail it is.")]
CHOSEN = {"reports": "digest", "digest_by_list": True}
OTHERS = "403 own-preference-or-admin"


class MailPreferenceGiven(BaseModel):
    """When reports come; `digest_by_list`: whether a digest is welcome that comes because a list names them."""

    model_config = ConfigDict(extra="forbid", **example(CHOSEN))

    reports: Reports
    digest_by_list: bool = True


class MailPreferenceShown(BaseModel):
    """When reports come, and since when it is so; nobody who never chose has a `since`."""

    model_config = example({"email": "ada.moreno@example.com", **CHOSEN, "since": "2026-03-05T15:00:00Z"})

    email: str
    reports: Reports
    digest_by_list: bool
    since: datetime | None


@router.get(
    "",
    summary="Read somebody's choice of mail",
    **answers(MailPreferenceShown, OTHERS, "503 room-away", "503 not-accepted", says="What was chosen."),
)
async def get_mail_preference(email: Whose, actor: Annotated[Actor, may(Act.READ_LISTS)], deps: Needs) -> Response:
    """See when somebody gets reports; your own choice, or as an admin anybody's."""
    answered = await give(deps, ShowMailPreference(actor=actor, email=email), None)
    if answered.reply is None:
        text = "The distribution service does not answer; try again."
        raise Problem(503, "room-away", text, headers={"Retry-After": "5"})
    return _answer(email, answered.reply)


@router.put(
    "",
    summary="Choose which mail somebody gets",
    **answers(MailPreferenceShown, OTHERS, "422 too-large", says="It is so from now on.", later=True),
)
async def put_mail_preference(
    email: Whose,
    given: MailPreferenceGiven,
    actor: Annotated[Actor, may(Act.CHANGE_SUBSCRIPTIONS)],
    deps: Needs,
    key: IdempotencyKey = None,
) -> Response:
    """Choose reports at once, a digest a week, or none. Restricted reports and notices come all the same."""
    command = ChangeMailPreference(actor=actor, email=email, reports=given.reports, digest_by_list=given.digest_by_list)
    answered = await give(deps, command, key)
    return _answer(email, answered.reply) if answered.reply else accepted(deps, answered.id)


def _answer(email: str, reply: Reply) -> Response:
    shown = MailPreferenceShown.model_validate({"email": email, **reply.data})
    return JSONResponse(shown.model_dump(mode="json"))
