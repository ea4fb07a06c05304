"""How a review stands, and what comes next, in sentences for a page. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from services.gateway.domain.pages.parts import Part, part_of
from services.gateway.domain.pages.queue import Seat, approved_by, seats
from services.gateway.domain.view import View
from shared.contracts.assigning import WhyNobody
from shared.contracts.commands import Actor
from shared.contracts.events import Snapshot
from shared.contracts.persons import person

NEXT = {
    "draft": "Its owner has not asked for a review yet. When they do, reviewers are asked by mail.",
    "changes_requested": "The text is back with its authors. They submit it again, and the same reviewers are asked.",
    "approved": "It is approved. After the meeting its owner publishes it.",
    "published": "It is published, and its review is over. Threads can still be answered.",
    "closed": "It is closed. Threads can still be answered.",
    "skipped": "There is to be no postmortem of this incident, so that nothing is reviewed.",
}
WHY_NOT = {
    Part.OWN: "You own it, wrote in it, or were part of the incident. Others review it; you can answer their threads.",
    Part.OTHER: "Only those who are asked give a verdict. You can answer in threads, or offer to review it.",
}
LACKS = {
    "declined": "{n} declined",
    "barred": "{n} may not review it",
    "away": "{n} are away",
    "full": "{n} have enough to do",
    "asleep": "{n} have too little of their day left",
    "unpaired": "{n} are learning, and have nobody beside them",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a review stands. `why_not`: why the reader gives no verdict, or empty; `lacking`: why reviewers lack."""

    status: str
    part: Part
    seats: tuple[Seat, ...]
    given: int
    needed: int | None
    has_approved: bool
    next: str
    why_not: str
    lacking: str


def standing(view: View, draft: Snapshot, reader: Actor) -> Standing:
    """Return how a review stands, for whoever looks."""
    given, part, status = approved_by(view, draft), part_of(view, draft, reader), view.status()
    has_approved = person(reader.email) in given
    return Standing(
        status=status,
        part=part,
        seats=seats(view, given),
        given=len(given),
        needed=view.review.needed,
        has_approved=has_approved,
        next=NEXT.get(status) or _approvals(len(given), view.review.needed, draft),
        why_not=_why_not(status, part, has_approved=has_approved),
        lacking=_lacking(view) if status == "in_review" else "",
    )


def _why_not(status: str, part: Part, *, has_approved: bool) -> str:
    if status != "in_review":
        return NEXT[status]
    said = "You have approved this revision. What you think of now can still be said in a comment."
    return WHY_NOT.get(part, said if has_approved else "")


def _approvals(given: int, needed: int | None, draft: Snapshot) -> str:
    """What it takes to be approved."""
    then = f"Then it is approved, and goes to the meeting; it should be published by {draft.deadline:%Y-%m-%d}."
    if needed is None:
        return f"It waits for its reviewers. {then}"
    left = max(needed - given, 0)
    return f"It takes {left} more approval{'' if left == 1 else 's'}, {needed} in all. {then}"


def _lacking(view: View) -> str:
    """Say that there are too few reviewers, and why, in numbers."""
    lacks = view.review.still_lacks()
    if lacks is None:
        return ""
    reasons = "; ".join(_reasons(lacks.reasons))
    found = f"{len(view.review.reviewers)} of {lacks.wanted} reviewers were found"
    return f"{found}: {reasons}." if reasons else f"{found}."


def _reasons(reasons: WhyNobody) -> list[str]:
    counts = reasons.model_dump()
    return [words.format(n=counts[name]) for name, words in LACKS.items() if counts[name]]
