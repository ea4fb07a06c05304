"""Remarks as threads: where one stands in the text, who answered, and whether it is settled."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from shared.contracts.base import NOT_BLANK, BaseMessage, Message, Moment, Value
from shared.contracts.commands import BaseCommand, Command
from shared.contracts.values import Comment, Reviewer

MOST_PLACES = 200
"""How many places are compared when a quote stands in a text often."""
ThreadId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
ReplyText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), NOT_BLANK]


class Anchor(Value):
    """A place in a section: the exact text, and what stands beside it (W3C TextQuoteSelector)."""

    quote: str = Field(min_length=1, max_length=500)
    before: str = Field(default="", max_length=100)
    after: str = Field(default="", max_length=100)

    def find(self, text: str) -> int | None:
        """Return where it stands: of several places the one with the likest neighbours, then the first; or None."""
        at = text.find(self.before + self.quote + self.after)
        if at >= 0:
            return at + len(self.before)
        places: list[int] = []
        place = text.find(self.quote)
        while place >= 0 and len(places) < MOST_PLACES:
            places.append(place)
            place = text.find(self.quote, place + 1)
        return max(places, key=lambda place: (self._likeness(text, place), -place), default=None)

    def line(self, text: str) -> int | None:
        """Return the line in which it begins, from 1; None where it does not stand."""
        at = self.find(text)
        return None if at is None else text.count("\n", 0, at) + 1

    def _likeness(self, text: str, at: int) -> int:
        """Say how much of what stands beside it stands there."""
        end = at + len(self.quote)
        left = text[max(0, at - len(self.before)) : at]
        return _alike(reversed(left), reversed(self.before)) + _alike(text[end : end + len(self.after)], self.after)


def _alike(one: Iterable[str], other: Iterable[str]) -> int:
    """Return how many letters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


class ThreadComment(Value):
    """What somebody said in a thread."""

    id: ThreadId
    by: Reviewer
    at: Moment
    text: str


class Settled(Value):
    """Who settled a thread, and when."""

    by: Reviewer
    at: Moment


class Thread(Value):
    """A remark and what was answered, the oldest first.

    `revision` is the last one in which it is known to have stood when this was said, `line` where in it. `outdated`:
    what it is about stands in the text no more. Of two words about a thread the higher version counts.
    """

    id: ThreadId
    section: str | None = None
    anchor: Anchor | None = None
    revision: int = Field(ge=1)
    comments: tuple[ThreadComment, ...]
    resolved: Settled | None = None
    outdated: bool = False
    line: int | None = None
    version: int = Field(default=1, ge=1)


def begun(comment: Comment, revision: int, by: Reviewer, at: Moment) -> Thread | None:
    """Return the thread that a comment begins, the same for whoever hears of it; None for one from before threads."""
    if comment.id is None:
        return None
    anchor = Anchor(quote=comment.quote, before=comment.before, after=comment.after) if comment.quote else None
    first = ThreadComment(id=comment.id, by=by, at=at, text=comment.text)
    return Thread(id=comment.id, section=comment.section, anchor=anchor, revision=revision, comments=(first,))


class ThreadChanged(Message):
    """A thread has an answer, is settled or open again, or stands elsewhere. Said by review, whole.

    That it begins is said by `ReviewCommented` and `ChangesRequested`.
    """

    name: ClassVar[str] = "ThreadChanged.v1"
    thread: Thread


class ReplyToThread(Command):
    """Answer in a thread; whoever may see the postmortem may."""

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "ReplyToThread.v1"
    thread: ThreadId
    text: ReplyText


class ResolveThread(Command):
    """Say that a thread is settled."""

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "ResolveThread.v1"
    thread: ThreadId


class ReopenThread(Command):
    """Say that a thread is not settled after all."""

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "ReopenThread.v1"
    thread: ThreadId


EVENTS: tuple[type[BaseMessage], ...] = (ThreadChanged,)
COMMANDS: tuple[type[BaseCommand], ...] = (ReplyToThread, ResolveThread, ReopenThread)
