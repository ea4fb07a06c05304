"""The review of a postmortem: its reviewers' verdicts, and the queue of those that wait for them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain.access import Act
from services.gateway.domain.answers.postmortem import Postmortem
from services.gateway.domain.answers.queue import ReviewQueue, queued
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.cursor import Position
from services.gateway.domain.view import UNSTAMPED, View
from services.gateway.handlers import paging
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, give
from services.gateway.handlers.showing import WHOLE, Id, done, drafted
from services.gateway.ports import Queued
from shared.contracts.base import Email, Text
from shared.contracts.checklists import Checklist
from shared.contracts.commands import Actor, GiveVerdict, Verdict
from shared.contracts.verdicts import Why, WithdrawApproval

router = APIRouter(prefix="/v1", tags=["reviews"])


EXAMPLE = {
    "revision": 2,
    "verdict": "request_changes",
    "comments": [{"section": "impact", "quote": "413 orders", "text": "Lost, or only late?"}],
    "checklist": {"depth": {"answer": "yes"}, "clarity": {"answer": "no", "note": "What is a pod?"}},
}


class Comment(BaseModel):
    """What a reviewer has to say: of the whole, of a section, or of the words of a section that `quote` has."""

    section: Annotated[str | None, Field(max_length=100)] = None
    text: Annotated[Text, Field(min_length=1)]
    quote: Annotated[
        str | None, Field(min_length=1, max_length=500, description="Words of the section's Markdown, exactly.")
    ] = None
    before: Annotated[str, Field(max_length=100, description="What stands before them, where they stand twice.")] = ""
    after: Annotated[str, Field(max_length=100, description="What stands behind them.")] = ""


class VerdictGiven(BaseModel):
    """A reviewer's word on one revision."""

    model_config = ConfigDict(extra="forbid", **example(EXAMPLE))

    revision: Annotated[int, Field(ge=1)]
    verdict: Verdict
    comments: Annotated[tuple[Comment, ...], Field(max_length=200)] = ()
    content_hash: Annotated[
        str, Field(max_length=64, description="How the hash of what you read begins; another text is refused.")
    ] = ""
    checklist: Annotated[
        Checklist, Field(description="Answers to the questions of `/v1/reviews/checklist`; kept with an approval.")
    ] = {}


class Queue(BaseModel):
    """Which reviews are listed, and from where on."""

    state: Annotated[
        Literal["in_review", "changes_requested", "approved"], Field(description="How the review stands.")
    ] = "in_review"
    reviewer: Annotated[Email | Literal["me"] | None, Field(description="Who was asked: `me`, or an address.")] = None
    cursor: paging.Cursor = None
    limit: paging.Limit = 50

    def filters(self) -> dict[str, str | None]:
        """Return what the queue is searched by, as the caller gave it."""
        return {"state": self.state, "reviewer": self.reviewer}


@router.get(
    "/reviews",
    summary="List what waits for review",
    **answers(ReviewQueue, says="One page of the queue.", headers=["Link"]),
)
async def list_reviews(
    actor: Annotated[Actor, may(Act.READ_REVIEWS)], deps: Needs, queue: Annotated[Queue, Query()], response: Response
) -> ReviewQueue:
    """List postmortems in review, with their reviewers and since when they wait; whoever waits for longest first."""
    reviewer = actor.email if queue.reviewer == "me" else queue.reviewer
    bound = {**queue.filters(), "list": "reviews", "reviewer": reviewer}
    after = paging.after(deps, queue.cursor, bound)
    wanted = Queued(state=queue.state, reviewer=reviewer, after=after, limit=queue.limit + 1)
    views = await deps.library.queued(wanted, actor.email)
    page, more = views[: queue.limit], len(views) > queue.limit
    cursor = deps.cursors.seal(_position(page[-1]), bound) if more else None
    response.headers.update(paging.link(deps, "/v1/reviews", {**queue.filters(), "limit": queue.limit}, cursor))
    return ReviewQueue(
        items=[queued(view, view.draft, deps.public_url, reviewer) for view in page if view.draft], next_cursor=cursor
    )


def _position(view: View) -> Position:
    return view.review.requested_at or UNSTAMPED[0], view.id


@router.post(
    "/postmortems/{id}/reviews",
    summary="Give a verdict",
    **answers(
        Postmortem,
        "403 own-postmortem",
        "403 assigned-reviewers-only",
        "409 published",
        "409 stale-revision",
        "409 already-approved",
        "409 not-in-review",
        "409 open-errors",
        "409 too-many-comments",
        "409 open-threads",
        "422 unknown-section",
        "422 quote-not-found",
        "422 checklist-incomplete",
        "422 comment-without-text",
        "422 too-large",
        **WHOLE,
    ),
)
async def review_postmortem(
    id: Id,
    verdict: VerdictGiven,
    actor: Annotated[Actor, may(Act.GIVE_VERDICTS)],
    deps: Needs,
    key: IdempotencyKey = None,
) -> Response:
    """Approve a revision, ask for changes, or comment; only assigned reviewers may, and nobody their own postmortem."""
    await drafted(deps, id, actor)
    command = GiveVerdict(postmortem_id=id, actor=actor, **verdict.model_dump())
    return await done(deps, await give(deps, command, key), id, actor)


@router.delete(
    "/postmortems/{id}/reviews/mine",
    summary="Withdraw your approval",
    **answers(
        Postmortem,
        "403 assigned-reviewers-only",
        "409 published",
        "409 stale-revision",
        "409 no-approval",
        "422 too-large",
        **WHOLE,
    ),
)
async def withdraw_approval(
    id: Id,
    actor: Annotated[Actor, may(Act.GIVE_VERDICTS)],
    deps: Needs,
    reason: Annotated[Why, Query(description="Why; whoever reads the log is shown that.")],
    revision: Annotated[
        int | None, Query(ge=1, description="The one that you mean; the current when left out.")
    ] = None,
    key: IdempotencyKey = None,
) -> Response:
    """Take back your approval of the current revision, until it is published; it is in review again then."""
    await drafted(deps, id, actor)
    command = WithdrawApproval(postmortem_id=id, actor=actor, revision=revision, reason=reason)
    return await done(deps, await give(deps, command, key), id, actor)
