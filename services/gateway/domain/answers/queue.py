"""The review queue as the API answers it. Pure."""

from __future__ import annotations

from pydantic import BaseModel, Field

from services.gateway.domain.answers.postmortem import BASE, ID
from services.gateway.domain.answers.review import REVIEWERS, last_approved, since
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.view import View
from shared.contracts.base import Moment, Owner, Severity
from shared.contracts.events import Snapshot
from shared.contracts.values import Approval, Reviewer, Status


class QueuedReview(BaseModel):
    """A postmortem that was submitted for review, and who was asked."""

    postmortem_id: str
    title: str
    severity: Severity
    services: tuple[str, ...]
    owner: Owner
    revision: int
    state: Status
    requested_at: Moment | None = Field(description="Since when it waits")
    deadline: Moment
    reviewers: tuple[Reviewer, ...]
    approvals: tuple[Approval, ...] = Field(description="Of the current revision")
    links: dict[str, str] = Field(
        description="`self`: the postmortem; `reviews`: where verdicts go; "
        "`diff`: what has changed since the reviewer whose queue it is approved it last, if anything has"
    )


class ReviewQueue(BaseModel):
    """A page of the queue."""

    model_config = example(
        {
            "items": [
                {
                    "postmortem_id": ID,
                    "title": "Checkout answers slowly",
                    "severity": "sev2",
                    "services": ["checkout"],
                    "owner": {"name": "Olga Owner", "email": "owner@example.com"},
                    "revision": 2,
                    "state": "in_review",
                    "requested_at": "2026-03-02T12:00:00Z",
                    "deadline": "2026-03-07T12:00:00Z",
                    "reviewers": REVIEWERS,
                    "approvals": [{**REVIEWERS[0], "at": "2026-03-03T09:00:00Z"}],
                    "links": {"self": BASE, "reviews": f"{BASE}/reviews"},
                }
            ],
            "next_cursor": "q83vEjRWeJASNFZ4kBI0Vlsi",
        }
    )

    items: list[QueuedReview]
    next_cursor: str | None = Field(description="Leads to the next page; null on the last one")


def queued(view: View, draft: Snapshot, public_url: str, reviewer: str | None = None) -> QueuedReview:
    """Return what the queue shows of one postmortem, to the reviewer if it is the queue of one."""
    self_url = f"{public_url.rstrip('/')}/v1/postmortems/{view.id}"
    mine = next((each for each in view.review.reviewers if each.email == reviewer), None)
    last = last_approved(view.review, mine) if mine else None
    current = view.review.approvals_revision == draft.revision
    return QueuedReview(
        postmortem_id=view.id,
        title=draft.title,
        severity=draft.severity,
        services=draft.services,
        owner=draft.owner,
        revision=draft.revision,
        state=view.status(),
        requested_at=view.review.requested_at,
        deadline=draft.deadline,
        reviewers=view.review.reviewers,
        approvals=view.review.approvals if current else (),
        links={"self": self_url, "reviews": f"{self_url}/reviews", **since(last, draft.revision, self_url)},
    )
