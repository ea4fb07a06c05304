"""Remarks on how a postmortem is told, as the API answers them. Pure; names and shapes are the API's promise."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from services.gateway.domain.answers.shapes import Address, Answer, Instant, example
from shared.contracts.coaching import Dismissal, RemarkSeverity

BASE = "https://afterword.example.com/v1/postmortems/5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11/remarks"
REMARK: dict[str, Any] = {
    "id": "a3be584f9c2d1707",
    "section": "what_happened",
    "line": 3,
    "column": 1,
    "end_line": 3,
    "end_column": 33,
    "words": "Rita should have checked the lag",
    "rule": "person-should-have",
    "family": "blame",
    "severity": "error",
    "message": "A person or role is held against what they did not do.",
    "bias": "fundamental attribution error",
    "why": "Who reads that a person failed stops asking what made the act sensible then.",
    "rewrite": "Ask what made the chosen act sensible at the time, and tell what was seen and known then.",
    "dismissed": None,
}
COUNTS: dict[str, Any] = {"error": 1, "warning": 0, "advice": 2, "dismissed": 1}


class CoachingRemark(Answer):
    """One remark: where, which words, what lies behind them, why it matters, and what to consider in their place."""

    id: str = Field(description="The same as long as rule, section and sentence are, whatever the revision.")
    section: str
    line: int
    column: int
    end_line: int
    end_column: int = Field(description="The column behind the last character.")
    words: str = Field(description="The author's own; empty when something is missing.")
    rule: str
    family: str = Field(description="What the rule is about.")
    severity: RemarkSeverity
    message: str
    bias: str = Field(description="The bias behind it.")
    why: str = Field(description="Why it matters.")
    rewrite: str = Field(description="What to consider instead.")
    dismissed: Dismissal | None = Field(default=None, description="Who said that it is not for this text, and why.")


class RemarkCounts(Answer):
    """How many remarks there are: by severity those that nobody has dismissed."""

    error: int
    warning: int
    advice: int
    dismissed: int


class RemarksTold(RemarkCounts):
    """How many remarks there are on which revision, and where they are."""

    revision: int = Field(description="What was checked; an edit of a moment ago may not be yet.")
    links: dict[str, Address]


class RemarkList(Answer):
    """The remarks on one revision, in the order of its text; `counts` are of all, whatever is asked for."""

    model_config = example(
        {
            "revision": 2,
            "current": True,
            "checked_at": "2026-03-03T08:00:00Z",
            "counts": COUNTS,
            "more": 0,
            "items": [REMARK],
        }
    )

    revision: int | None = Field(description="Which revision they are about; null when none was checked.")
    current: bool = Field(description="Whether that is the newest revision; lines and columns are of the one checked.")
    checked_at: Instant | None
    counts: RemarkCounts
    more: int = Field(description="How many there are besides, which weigh less: a revision has 300 at most here.")
    items: tuple[CoachingRemark, ...]
