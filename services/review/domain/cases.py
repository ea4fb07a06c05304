"""What the rules of a review look at: who wants what of which review. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from services.review.domain.assigning.case import same_persons
from services.review.domain.community import barred
from services.review.domain.practice import Practice
from services.review.domain.review import Review
from services.review.domain.states import State
from shared.contracts.checklists import Question
from shared.contracts.commands import Command, GiveVerdict, Role, Verdict
from shared.contracts.community import Member
from shared.contracts.events import Snapshot
from shared.contracts.persons import person
from shared.contracts.threads import ReopenThread, ReplyToThread, ResolveThread, Thread

MOST_COMMENTS = 1000
MOST_TEXT = 2_000_000
"""How many comments a postmortem has at most, and how many bytes of text: two rooms keep them in one document."""
C = TypeVar("C", bound=Command)


@dataclass(frozen=True)
class Case(Generic[C]):
    """A command about a review. People are told apart as persons, whatever account they come with."""

    review: Review
    command: C
    practice: Practice

    @property
    def draft(self) -> Snapshot:
        """The newest revision."""
        return self.review.draft

    @property
    def revision(self) -> int:
        """Its number."""
        return self.draft.revision

    @property
    def content_hash(self) -> str:
        """Its hash."""
        return self.draft.content_hash

    @cached_property
    def who(self) -> str:
        """Who gives the command."""
        return person(self.command.actor.email)

    @property
    def is_admin(self) -> bool:
        """Whether they come as an admin."""
        return self.command.actor.role is Role.ADMIN

    @property
    def is_asked(self) -> bool:
        """Whether they are asked to review it."""
        return self.who in {person(reviewer.email) for reviewer in self.review.reviewers}

    @property
    def has_approved(self) -> bool:
        """Whether an approval of theirs counts now."""
        return self.who in {person(approval.email) for approval in self.review.approvals}

    @property
    def is_published(self) -> bool:
        """Whether the review is over."""
        return self.review.state is State.PUBLISHED


@dataclass(frozen=True)
class VerdictCase(Case[GiveVerdict]):
    """A verdict about a review; `members` tell which other addresses are the same person's."""

    members: tuple[Member, ...] = ()

    @property
    def is_barred(self) -> bool:
        """Whether it is their own postmortem, under whatever address the community knows of them."""
        return self.who in same_persons(barred(self.draft), self.members)

    @property
    def has_approved(self) -> bool:
        """Whether an approval of theirs counts now."""
        return self.who in same_persons((each.email for each in self.review.approvals), self.members)

    @property
    def approves(self) -> bool:
        """Whether it is an approval."""
        return self.command.verdict is Verdict.APPROVE

    @property
    def is_stale(self) -> bool:
        """Whether it is about another text than the one that stands there."""
        is_same = self.content_hash.startswith(self.command.content_hash)
        return self.command.revision != self.revision or not is_same

    @cached_property
    def misplaced(self) -> int | None:
        """The first comment whose section the revision does not have, or that quotes and names none."""
        return next((n for n in range(len(self.command.comments)) if self._is_misplaced(n)), None)

    @cached_property
    def misquoted(self) -> int | None:
        """The first comment whose quote does not stand in its section."""
        comments = enumerate(self.command.comments)
        return next((n for n, each in comments if (each.quote or "") not in self._text(each.section)), None)

    @property
    def known(self) -> str:
        """The sections that there are."""
        return ", ".join(self.draft.report)

    @property
    def is_too_much(self) -> bool:
        """Whether there would be more comments, or more text, than there may be."""
        size = sum(len(f"{c.text}{c.quote or ''}{c.before}{c.after}".encode()) for c in self.command.comments)
        return bool(self.command.comments) and is_too_much(self.review, len(self.command.comments), size)

    @property
    def unanswered(self) -> str:
        """The questions of the checklist that have no answer."""
        return ", ".join(question for question in Question if question not in self.command.checklist)

    @property
    def open_threads(self) -> int:
        """How many threads are not settled."""
        return sum(thread.resolved is None for thread in self.review.threads)

    def _is_misplaced(self, n: int) -> bool:
        comment = self.command.comments[n]
        return comment.quote is not None if comment.section is None else comment.section not in self.draft.report

    def _text(self, section: str | None) -> str:
        return self.draft.report.get(section or "", "")


@dataclass(frozen=True)
class ThreadCase(Case[ReplyToThread | ResolveThread | ReopenThread]):
    """A command about one thread of a review."""

    thread: Thread

    @property
    def settles(self) -> bool:
        """Whether they say when it is settled: who began it, the owner, the reviewers, an admin."""
        others = {person(self.thread.comments[0].by.email), person(self.draft.owner.email)}
        return self.is_admin or self.is_asked or self.who in others

    @property
    def size(self) -> int:
        """How many bytes an answer adds."""
        return len(self.command.text.encode()) if isinstance(self.command, ReplyToThread) else 0


def is_hidden(review: Review, email: str) -> bool:
    """Say whether somebody may not know that there is one: it is restricted, and names them nowhere."""
    asked = (reviewer.email for reviewer in review.reviewers)
    return review.draft.restricted and person(email) not in {person(each) for each in (*review.draft.named(), *asked)}


def is_too_much(review: Review, more: int, size: int) -> bool:
    """Say whether so many more comments, of so many bytes, are more than a postmortem may have."""
    comments = [comment for thread in review.threads for comment in thread.comments]
    anchors = [thread.anchor.model_dump_json() for thread in review.threads if thread.anchor]
    known = sum(len(text.encode()) for text in (*(comment.text for comment in comments), *anchors))
    return len(comments) + more > MOST_COMMENTS or known + size > MOST_TEXT
