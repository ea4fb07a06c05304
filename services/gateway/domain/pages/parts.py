"""What part somebody has in a review, as far as is known here; the last word has the room that reviews. Pure."""

from __future__ import annotations

from enum import StrEnum

from services.gateway.domain.view import View
from shared.contracts.commands import Actor, Role
from shared.contracts.events import Snapshot
from shared.contracts.persons import person
from shared.contracts.threads import Thread
from shared.contracts.values import AskedReviewer

UNDER_REVIEW = frozenset({"in_review", "changes_requested"})


class Part(StrEnum):
    """What somebody is to a review."""

    OWN = "own"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    OTHER = "other"


def part_of(view: View, draft: Snapshot, actor: Actor) -> Part:
    """Return what somebody is to it: nobody reviews what they own, wrote, or were part of."""
    if person(actor.email) in _own(view, draft):
        return Part.OWN
    if asked_as(view, actor.email):
        return Part.REVIEWER
    return Part.ADMIN if actor.role is Role.ADMIN else Part.OTHER


def asked_as(view: View, email: str) -> AskedReviewer | None:
    """Return the reviewer that somebody is, or None."""
    return next((each for each in view.review.reviewers if person(each.email) == person(email)), None)


def may_claim(view: View, draft: Snapshot, actor: Actor) -> bool:
    """Say whether somebody could offer to review it: they are not asked, and it is not their own."""
    is_free = part_of(view, draft, actor) in (Part.ADMIN, Part.OTHER)
    return is_free and view.status() in UNDER_REVIEW


def settles(thread: Thread, view: View, draft: Snapshot, actor: Actor) -> bool:
    """Say whether somebody says when a thread is settled: who began it, the owner, the reviewers, an admin."""
    whose = {person(draft.owner.email), *(person(each.by.email) for each in thread.comments[:1])}
    return person(actor.email) in whose or actor.role is Role.ADMIN or asked_as(view, actor.email) is not None


def _own(view: View, draft: Snapshot) -> frozenset[str]:
    involved = (each.email for each in (*draft.people, *view.people) if each.email)
    return frozenset(person(email) for email in (draft.owner.email, *draft.authors, *involved))
