"""What a search finds, and what it can be narrowed by, as the API answers it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from services.gateway.domain.answers.postmortem import SUMMARY, PostmortemSummary
from services.gateway.domain.answers.shapes import Answer, example
from services.gateway.domain.highlights import Excerpt

HIGHLIGHT = {
    "section": "what_happened",
    "heading": "What happened",
    "pieces": [
        {"text": "… because the ", "marked": False},
        {"text": "connections", "marked": True},
        {"text": " ran out.", "marked": False},
    ],
}


class HighlightPiece(Answer):
    """Some text, and whether it is what was searched for."""

    text: str
    marked: bool


class Highlight(Answer):
    """Some words of a section around what was found, as plain text; `heading` is the section's title."""

    section: str
    heading: str
    pieces: tuple[HighlightPiece, ...]


class FoundPostmortem(PostmortemSummary):
    """What a list shows of a postmortem, and where in it the words stand that were searched for."""

    highlights: tuple[Highlight, ...] = Field(default=(), description="At most three passages; none without `q`.")


class PostmortemPage(Answer):
    """Some postmortems, newest first; `next_cursor` leads to the next ones until it is null."""

    model_config = example(
        {
            "items": [{**SUMMARY, "highlights": [HIGHLIGHT]}],
            "next_cursor": "q83vEjRWeJASNFZ4kBI0Vlsi",
            "did_you_mean": None,
        }
    )

    items: tuple[FoundPostmortem, ...]
    next_cursor: str | None
    did_you_mean: str | None = Field(
        default=None, description="The search with another word in the place of one that no postmortem has."
    )


class FacetValue(Answer):
    """A value to narrow a search by, and how many of what was counted have it."""

    value: str
    count: int


class FacetPage(Answer):
    """How many of what a search finds have each value; `more`: there are older ones, which are not counted."""

    model_config = example(
        {
            "counted": 2,
            "more": False,
            "status": [{"value": "published", "count": 2}],
            "severity": [{"value": "sev1", "count": 1}, {"value": "sev2", "count": 1}],
            "service": [{"value": "checkout", "count": 2}],
            "tag": [{"value": "database", "count": 1}],
            "factor": [{"value": "retry storm", "count": 2}],
            "month": [{"value": "2026-03", "count": 2}],
        }
    )

    counted: int = Field(description="How many postmortems are counted: the newest ones, 1,000 at most.")
    more: bool
    status: tuple[FacetValue, ...]
    severity: tuple[FacetValue, ...]
    service: tuple[FacetValue, ...]
    tag: tuple[FacetValue, ...]
    factor: tuple[FacetValue, ...] = Field(description="Contributing factors, in small letters.")
    month: tuple[FacetValue, ...] = Field(description="The months (UTC) that the incidents began in, newest first.")


def highlights(excerpts: Iterable[Excerpt]) -> tuple[Highlight, ...]:
    """Return excerpts as they are answered."""
    return tuple(
        Highlight(
            section=each.section,
            heading=each.heading,
            pieces=tuple(HighlightPiece(text=text, marked=marked) for text, marked in each.pieces),
        )
        for each in excerpts
    )
