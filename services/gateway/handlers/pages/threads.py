"""Threads on the review page: answer in one, settle it, open it again."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.gateway.handlers.caller import Needs
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import see
from services.gateway.handlers.pages.reviewing import Said, Speaker, path, refused
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id
from services.gateway.handlers.threads import NewReply, ThreadId, reopen_thread, reply_to_thread, resolve_thread

router = APIRouter(prefix="/postmortems/{id}/review/threads/{thread}", include_in_schema=False)
SETTLING = {"resolve": (resolve_thread, "settled"), "reopen": (reopen_thread, "reopened")}


@router.post("")
async def answer_in_thread(id: Id, thread: ThreadId, request: Request, who: Speaker, deps: Needs) -> Response:
    """Answer in a thread, and settle it or open it again by another button of the same form."""
    given = await fields(request)
    act, text = given.get("act", "reply"), given.get("text", "").strip()
    where = f"{path(id, given.get('since'))}#thread-{thread}"
    try:
        said = "replied"
        if text or act not in SETTLING:
            answer = await reply_to_thread(id, thread, _reply(text), who.actor, deps, await key_of(request))
        if act in SETTLING:
            settle, said = SETTLING[act]
            answer = await settle(id, thread, who.actor, deps, f"{await key_of(request)}-{act}")
    except Problem as problem:
        return await refused(id, request, who, deps, Said(f"thread {thread}", given, problem))
    return see(where, outcome(answer, said))


def _reply(text: str) -> NewReply:
    """Return an answer. Raises: Problem 422."""
    if not text:
        raise Problem(422, "invalid-field", "Write an answer.", field="text")
    return read(NewReply, {"text": text})
