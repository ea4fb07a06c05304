"""The threads of a review: read them, answer in one, settle it, open it again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain.access import Act
from services.gateway.domain.answers.postmortem import Postmortem
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.answers.threads import ThreadList, ThreadState, shown
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, give
from services.gateway.handlers.showing import ID, WHOLE, Id, done, drafted
from shared.contracts.commands import Actor
from shared.contracts.threads import ReopenThread, ReplyText, ReplyToThread, ResolveThread

router = APIRouter(prefix="/v1/postmortems/{id}/threads", tags=["reviews"])
ThreadId = Annotated[str, Path(pattern=ID, description="The thread's id.")]
Speaker = Annotated[Actor, may(Act.GIVE_VERDICTS)]


class NewReply(BaseModel):
    """An answer in a thread."""

    model_config = ConfigDict(extra="forbid", **example({"text": "Late: all of them went through by 11:20."}))

    text: Annotated[ReplyText, Field(description="Markdown.")]


@router.get("", summary="List the threads", **answers(ThreadList, says="All of them, or those of one state."))
async def list_threads(
    id: Id,
    actor: Annotated[Actor, may(Act.READ_POSTMORTEMS)],
    deps: Needs,
    state: Annotated[ThreadState | None, Query(description="Only these.")] = None,
) -> ThreadList:
    """List the remarks with their answers, the oldest first, and where each stands in the text as it is now."""
    view, draft = await drafted(deps, id, actor)
    found = shown(view.review.threads, draft)
    return ThreadList(items=tuple(thread for thread in found if state in (None, thread.state)))


@router.post(
    "/{thread}/replies",
    summary="Answer in a thread",
    **answers(Postmortem, "404 unknown-thread", "409 too-many-comments", "422 too-large", **WHOLE),
)
async def reply_to_thread(
    id: Id, thread: ThreadId, reply: NewReply, actor: Speaker, deps: Needs, key: IdempotencyKey = None
) -> Response:
    """Answer in a thread; whoever may see the postmortem may, also once it is published."""
    await drafted(deps, id, actor)
    command = ReplyToThread(postmortem_id=id, actor=actor, thread=thread, text=reply.text)
    return await done(deps, await give(deps, command, key), id, actor)


@router.post(
    "/{thread}/resolve",
    summary="Resolve a thread",
    **answers(
        Postmortem,
        "403 author-owner-or-reviewer-settles",
        "404 unknown-thread",
        "409 thread-resolved",
        "422 too-large",
        **WHOLE,
    ),
)
async def resolve_thread(id: Id, thread: ThreadId, actor: Speaker, deps: Needs, key: IdempotencyKey = None) -> Response:
    """Say that a thread is settled: who began it, the owner, the reviewers or an admin."""
    await drafted(deps, id, actor)
    command = ResolveThread(postmortem_id=id, actor=actor, thread=thread)
    return await done(deps, await give(deps, command, key), id, actor)


@router.post(
    "/{thread}/reopen",
    summary="Open a thread again",
    **answers(
        Postmortem,
        "403 author-owner-or-reviewer-settles",
        "404 unknown-thread",
        "409 thread-open",
        "422 too-large",
        **WHOLE,
    ),
)
async def reopen_thread(id: Id, thread: ThreadId, actor: Speaker, deps: Needs, key: IdempotencyKey = None) -> Response:
    """Say that a thread is not settled after all."""
    await drafted(deps, id, actor)
    command = ReopenThread(postmortem_id=id, actor=actor, thread=thread)
    return await done(deps, await give(deps, command, key), id, actor)
