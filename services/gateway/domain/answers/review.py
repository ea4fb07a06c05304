"""The review of a postmortem, as the API answers it. Pure."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from services.gateway.domain.answers.shapes import Answer, Instant, example
from shared.contracts.findings import Finding
from shared.contracts.values import Approval, Reviewer

REVIEWERS = [{"name": "Ada Reviewer", "email": "ada@example.com"}, {"name": "Ben Reviewer", "email": "ben@example.com"}]
EXAMPLE: dict[str, Any] = {
    "state": "in_review",
    "reviewers": REVIEWERS,
    "approvals": [{**REVIEWERS[0], "at": "2026-03-03T09:00:00Z"}],
    "comments": [
        {
            "revision": 2,
            "reviewer": REVIEWERS[1],
            "at": "2026-03-03T08:30:00+00:00",
            "section": "impact",
            "text": "How many orders were lost?",
        }
    ],
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
        }
    ],
}


class Remark(Answer):
    """What a reviewer said of a revision, at one section or of the whole."""

    revision: int
    reviewer: Reviewer
    at: Instant
    section: str | None
    text: str


class Review(Answer):
    """Who was asked, who approved the current revision, and every remark, oldest first."""

    model_config = example(EXAMPLE)

    state: Literal["none", "in_review", "changes_requested", "approved", "closed"]
    reviewers: tuple[Reviewer, ...]
    approvals: tuple[Approval, ...] = Field(description="Those of the current revision.")
    comments: tuple[Remark, ...]
    findings: tuple[Finding, ...] = Field(
        description="What should not be in the current revision: secrets, personal data; what has no `justified` yet "
        "comes first, and holds it back."
    )
