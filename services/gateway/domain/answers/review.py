"""The review of a postmortem, as the API answers it. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from services.gateway.domain.answers.remarks import BASE, COUNTS, RemarksTold
from services.gateway.domain.answers.shapes import Answer, Instant, example
from services.gateway.domain.answers.threads import THREAD, Thread
from services.gateway.domain.facets import ReviewView
from shared.contracts import values
from shared.contracts.assigning import WhyNobody
from shared.contracts.coaching import RemarkSeverity
from shared.contracts.findings import Justified
from shared.contracts.persons import person
from shared.contracts.values import Approval, Reviewer

REVIEWERS = [{"name": "Ada Reviewer", "email": "ada@example.com"}, {"name": "Ben Reviewer", "email": "ben@example.com"}]
ASKED = [
    {
        **REVIEWERS[0],
        "why": ["You know checkout.", "You have about 16 hours of your working day for it before it is due."],
        "asked_at": "2026-03-02T12:00:00Z",
        "due": "2026-03-06T12:00:00Z",
        "claimed": True,
        "learning": False,
        "approved_revision": None,
    },
    {
        **REVIEWERS[1],
        "why": ["Ada Reviewer handed it over to you: I know the author too well."],
        "asked_at": "2026-03-02T14:00:00Z",
        "due": "2026-03-06T12:00:00Z",
        "claimed": False,
        "learning": False,
        "approved_revision": None,
    },
]
EXAMPLE: dict[str, Any] = {
    "state": "in_review",
    "reviewers": [
        {**ASKED[0], "approved_revision": 2, "links": {}},
        {
            **ASKED[1],
            "approved_revision": 1,
            "links": {
                "diff": "https://afterword.example.com/v1/postmortems/5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11/diff?from=1&to=2"
            },
        },
    ],
    "approvals": [
        {
            **REVIEWERS[0],
            "at": "2026-03-03T09:00:00Z",
            "checklist": {
                "depth": {"answer": "yes", "note": ""},
                "clarity": {"answer": "no", "note": "What is a pod?"},
            },
        }
    ],
    "lacking": {
        "wanted": 3,
        "found": 2,
        "reasons": {"declined": 1, "barred": 2, "away": 1, "full": 0, "asleep": 0, "unpaired": 0},
    },
    "comments": [
        {
            "revision": 2,
            "reviewer": REVIEWERS[1],
            "at": "2026-03-03T08:30:00+00:00",
            "section": "impact",
            "text": "How many orders were lost?",
        }
    ],
    "threads": [THREAD],
    "findings": [
        {
            "id": "4f9c2d17aa03be58",
            "rule": "github-token",
            "kind": "secret",
            "section": "what_happened",
            "line": 3,
            "column": 14,
            "end_line": 3,
            "end_column": 54,
            "what": "GitHub Token",
            "excerpt": "ghp_… 40 characters",
            "hint": "Put a placeholder in its place, and have it replaced where it is used: earlier revisions keep it.",
            "justified": {
                "finding": "4f9c2d17aa03be58",
                "reason": "Revoked on the day; it stands here because it was in every log.",
                "by": "owner@example.com",
                "at": "2026-03-03T08:00:00Z",
            },
            "severity": None,
            "family": None,
            "bias": None,
            "why": None,
        }
    ],
    "remarks": {**COUNTS, "revision": 2, "links": {"self": BASE}},
}


class AskedReviewer(Answer):
    """Somebody who was asked to review it."""

    name: str
    email: str
    why: tuple[str, ...] = Field(default=(), description="Why it is them, a sentence a reason.")
    asked_at: datetime | None = None
    due: datetime | None = Field(default=None, description="Until when a verdict is hoped for.")
    claimed: bool = Field(default=False, description="Whether they said that they do it.")
    learning: bool = Field(default=False, description="Whether they review beside somebody experienced.")
    approved_revision: int | None = Field(
        default=None, description="The last one that they approved, whether or not that still counts."
    )
    links: dict[str, str] = Field(default={}, description="`diff`: what has changed since then, if anything has.")


class Remark(Answer):
    """What a reviewer said of a revision, at one section or of the whole."""

    revision: int
    reviewer: Reviewer
    at: Instant
    section: str | None
    text: str


class FoundKind(StrEnum):
    """Why something was found: the first three hold a submission back, `language` is about how it is told."""

    SECRET = "secret"  # noqa: S105 - the word for it
    PERSONAL = "personal"
    POLICY = "policy"
    LANGUAGE = "language"


class Finding(Answer):
    """One place of a section that somebody should look at.

    What should not be there is masked in `excerpt` and justified with a submission. Of kind `language` are the errors
    and warnings among the remarks: `excerpt` are the author's words, `hint` a rewrite to consider, `justified` who
    dismissed it.
    """

    id: str
    rule: str
    kind: FoundKind
    section: str
    line: int
    column: int
    end_line: int
    end_column: int
    what: str
    excerpt: str
    hint: str
    justified: Justified | None = None
    severity: RemarkSeverity | None = Field(default=None, description="How much a remark weighs.")
    family: str | None = Field(default=None, description="What the rule of a remark is about.")
    bias: str | None = Field(default=None, description="The bias behind it.")
    why: str | None = Field(default=None, description="Why it matters.")


class Lacking(Answer):
    """That fewer reviewers were found than are wanted; `reasons`: how many members could not be asked, and why."""

    wanted: int
    found: int
    reasons: WhyNobody


class Review(Answer):
    """Who was asked and why, who approved the current revision, and every remark, oldest first."""

    model_config = example(EXAMPLE)

    state: Literal["none", "in_review", "changes_requested", "approved", "closed"]
    reviewers: tuple[AskedReviewer, ...]
    lacking: Lacking | None = Field(default=None, description="While there are too few reviewers: how many, and why.")
    approvals: tuple[Approval, ...] = Field(description="Those of the current revision; a withdrawn one is none.")
    comments: tuple[Remark, ...]
    findings: tuple[Finding, ...] = Field(
        description="What should not be in the current revision, secrets and personal data, which hold it back; then, "
        "of kind `language`, errors and warnings of how it is told. What has no `justified` yet comes first."
    )
    remarks: RemarksTold | None = Field(
        default=None, description="How many remarks there are on how it is told; null until it was checked."
    )
    threads: tuple[Thread, ...] = Field(
        default=(), description="The same remarks with their answers, where they stand."
    )


def asked(review: ReviewView, revision: int, base: str) -> tuple[AskedReviewer, ...]:
    """Return who was asked, what each approved last, and what has changed up to this revision."""
    last = ((each, last_approved(review, each)) for each in review.reviewers)
    return tuple(
        AskedReviewer(**{**dict(each), "approved_revision": known, "links": since(known, revision, base)})
        for each, known in last
    )


def last_approved(review: ReviewView, reviewer: values.AskedReviewer) -> int | None:
    """Return the revision that somebody approved last: what review tells when it asks, or what they said since."""
    said = {person(approval.email) for approval in review.approvals}
    known = reviewer.approved_revision or 0
    return max(known, review.approvals_revision if person(reviewer.email) in said else 0) or None


def since(approved: int | None, revision: int, base: str) -> dict[str, str]:
    """Return the link to what has changed since a revision, if anything has."""
    return {"diff": f"{base}/diff?from={approved}&to={revision}"} if approved and approved < revision else {}
