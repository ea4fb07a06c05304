"""The review queue as its page shows it: what is asked of me, what looks for reviewers, what others have. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from services.gateway.domain.answers.review import last_approved
from services.gateway.domain.pages.parts import Part, asked_as, may_claim, part_of
from services.gateway.domain.pages.wording import standing
from services.gateway.domain.timeliness import SOON
from services.gateway.domain.view import View
from shared.contracts.commands import Actor
from shared.contracts.events import Snapshot
from shared.contracts.persons import person
from shared.contracts.values import AskedReviewer

LAST = datetime.max.replace(tzinfo=UTC)


class Seat(NamedTuple):
    """Somebody who was asked, and how far they are."""

    name: str
    email: str
    word: Literal["approved", "doing it", "asked"]
    learning: bool


class Due(NamedTuple):
    """Until when something is hoped for, how that stands, and the badge of it."""

    at: datetime
    words: str
    badge: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One postmortem in the queue. `mine` is the reviewer that the reader is, `since` what they approved last."""

    view: View
    draft: Snapshot
    seats: tuple[Seat, ...]
    due: Due | None
    deadline: Due
    mine: AskedReviewer | None
    has_approved: bool
    since: int | None
    may_claim: bool
    is_own: bool
    lacking: int
    open_threads: int

    @property
    def given(self) -> int:
        """How many have approved the current revision."""
        return sum(seat.word == "approved" for seat in self.seats)


@dataclass(frozen=True, slots=True)
class Groups:
    """The queue of somebody: `mine` by when a word is hoped for, the others by how long they wait."""

    mine: tuple[Waiting, ...]
    open: tuple[Waiting, ...]
    others: tuple[Waiting, ...]


def grouped(views: Iterable[View], reader: Actor, now: datetime) -> Groups:
    """Return what waits, in groups; what somebody has approved is last of what is asked of them."""
    every = {view.id: waiting(view, view.draft, reader, now) for view in views if view.draft}.values()
    mine = [each for each in every if each.mine]
    rest = [each for each in every if not each.mine]
    return Groups(
        mine=tuple(sorted(mine, key=lambda each: (each.has_approved, each.due.at if each.due else LAST))),
        open=tuple(each for each in rest if each.lacking),
        others=tuple(each for each in rest if not each.lacking),
    )


def waiting(view: View, draft: Snapshot, reader: Actor, now: datetime) -> Waiting:
    """Return what the queue shows of one postmortem."""
    given, mine = approved_by(view, draft), asked_as(view, reader.email)
    last = last_approved(view.review, mine) if mine else None
    lacks = view.review.still_lacks() if view.status() == "in_review" else None
    hoped_for = [each.due for each in ((mine,) if mine else view.review.reviewers) if each.due]
    return Waiting(
        view=view,
        draft=draft,
        seats=seats(view, given),
        due=_due(min(hoped_for), now) if hoped_for else None,
        deadline=_due(draft.deadline, now),
        mine=mine,
        has_approved=person(reader.email) in given,
        since=last if last and last < draft.revision else None,
        may_claim=may_claim(view, draft, reader),
        is_own=part_of(view, draft, reader) is Part.OWN,
        lacking=lacks.wanted - len(view.review.reviewers) if lacks else 0,
        open_threads=sum(thread.resolved is None for thread in view.review.threads),
    )


def approved_by(view: View, draft: Snapshot) -> frozenset[str]:
    """Return the persons whose approval of the current revision counts."""
    review = view.review
    return frozenset(person(each.email) for each in review.approvals if review.approvals_revision == draft.revision)


def seats(view: View, given: frozenset[str]) -> tuple[Seat, ...]:
    """Return everybody who was asked, and how far they are; `given`: who has approved."""
    return tuple(_seat(each, person(each.email) in given) for each in view.review.reviewers)


def _seat(reviewer: AskedReviewer, has_approved: bool) -> Seat:
    word: Literal["approved", "doing it", "asked"] = "doing it" if reviewer.claimed else "asked"
    return Seat(reviewer.name, reviewer.email, "approved" if has_approved else word, reviewer.learning)


def _due(at: datetime, now: datetime) -> Due:
    badge = "bad" if at < now else "warn" if at - now <= SOON else ""
    return Due(at, standing(at, now), badge)
