"""A text as its reviewer reads it: what has changed since they looked last, and what stands beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.gateway.domain.answers import threads as answered
from services.gateway.domain.answers.review import last_approved
from services.gateway.domain.answers.threads import Thread
from services.gateway.domain.history import Comparison, SectionChange
from services.gateway.domain.pages import differences
from services.gateway.domain.pages.parts import asked_as, settles
from services.gateway.domain.view import View
from shared.contracts.coaching import Remark
from shared.contracts.commands import Actor
from shared.contracts.events import Snapshot
from shared.contracts.persons import person


class Look(NamedTuple):
    """A revision that somebody has seen, and how that is known."""

    revision: int
    because: str


def last_look(view: View, email: str) -> Look | None:
    """Return what somebody has surely seen: what they approved or remarked on last, else what was submitted."""
    looks = [Look(each["revision"], "you commented on it") for each in view.review.comments if _is_by(each, email)]
    mine = asked_as(view, email)
    if approved := last_approved(view.review, mine) if mine else None:
        looks.append(Look(approved, "you approved it"))
    if not looks and view.review.requested_revision:
        looks.append(Look(view.review.requested_revision, "the review was asked for with it"))
    return max(looks, key=lambda look: look.revision, default=None)


def _is_by(comment: dict[str, dict[str, str]], email: str) -> bool:
    return person(comment["reviewer"]["email"]) == person(email)


class Beside(NamedTuple):
    """A thread beside a text, and whether the reader says when it is settled."""

    thread: Thread
    may_settle: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """One section as it is reviewed; `change` since the last look, `gone` when the text has it no more."""

    name: str
    title: str
    text: str
    help: str
    change: SectionChange | None
    open: tuple[Beside, ...]
    settled: tuple[Beside, ...]
    remarks: tuple[Remark, ...]
    gone: bool = False

    @property
    def differences(self) -> tuple[differences.Piece, ...]:
        """What has changed, with what stands around it."""
        return differences.pieces(self.change.segments) if self.change else ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is reviewed: its sections, and the threads that are about the whole."""

    pieces: tuple[Piece, ...]
    open: tuple[Beside, ...]
    settled: tuple[Beside, ...]

    @property
    def changed(self) -> int:
        """How many sections are not as they were."""
        return sum(piece.change is not None for piece in self.pieces)

    @property
    def threads(self) -> int:
        """How many threads wait for an answer."""
        return len(self.open) + sum(len(piece.open) for piece in self.pieces)

    @property
    def said(self) -> int:
        """A number that grows with everything that is said or settled: each change of a thread is a version."""
        groups = (self.open, self.settled, *(each for piece in self.pieces for each in (piece.open, piece.settled)))
        return sum(beside.thread.version for group in groups for beside in group)


def reading(view: View, draft: Snapshot, reader: Actor, comparison: Comparison | None) -> Reading:
    """Return a text with what has changed, the threads and the remarks beside each of its sections."""
    beside = _beside(view, draft, reader)
    changes = {change.name: change for change in comparison.sections} if comparison else {}
    removed = [change for change in changes.values() if change.status == "removed"]
    known = {*draft.report, *(change.name for change in removed)}
    standing = [
        Piece(
            section.name,
            section.title,
            draft.report[section.name],
            section.help,
            changes.get(section.name),
            *_of(beside, section.name),
            remarks=_remarks(view, draft, section.name),
        )
        for section in draft.described()
    ]
    gone = [Piece(each.name, each.title, "", "", each, *_of(beside, each.name), (), gone=True) for each in removed]
    whole = [each for each in beside if each.thread.section not in known]
    return Reading((*standing, *gone), *_told_apart(whole))


def _beside(view: View, draft: Snapshot, reader: Actor) -> list[Beside]:
    shown = answered.shown(view.review.threads, draft)
    both = zip(shown, view.review.threads, strict=True)
    return [Beside(thread, settles(known, view, draft, reader)) for thread, known in both]


def _of(beside: Sequence[Beside], section: str) -> tuple[tuple[Beside, ...], tuple[Beside, ...]]:
    return _told_apart(each for each in beside if each.thread.section == section)


def _told_apart(beside: Iterable[Beside]) -> tuple[tuple[Beside, ...], tuple[Beside, ...]]:
    """Return open threads by where they stand, and those that are settled."""
    every = sorted(beside, key=lambda each: each.thread.line or 0)
    return (
        tuple(each for each in every if not each.thread.resolved),
        tuple(each for each in every if each.thread.resolved),
    )


def _remarks(view: View, draft: Snapshot, section: str) -> tuple[Remark, ...]:
    """What coaching has to say of a section as it is now, but for what somebody has dismissed."""
    checked = view.review.checked
    if checked is None or checked.revision != draft.revision:
        return ()
    return tuple(each for each in checked.remarks if each.section == section and each.dismissed is None)
