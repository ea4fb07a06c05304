"""The threads of a review, as the API answers them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from services.gateway.domain.answers.shapes import Answer, Id, example
from shared.contracts import threads
from shared.contracts.base import Moment
from shared.contracts.events import Snapshot
from shared.contracts.values import Reviewer

ThreadState = Literal["open", "resolved", "outdated"]
THREAD: dict[str, Any] = {
    "id": "3f6f9ac1-6f5f-5a43-9d6f-0d6a0d6f7c11",
    "state": "open",
    "section": "impact",
    "quote": "413 orders",
    "before": "",
    "after": " timed out.\n",
    "line": 1,
    "revision": 2,
    "outdated": False,
    "resolved": None,
    "comments": [
        {
            "id": "3f6f9ac1-6f5f-5a43-9d6f-0d6a0d6f7c11",
            "by": {"name": "Ben Reviewer", "email": "ben@example.com"},
            "at": "2026-03-03T08:30:00Z",
            "text": "Lost, or only late?",
        }
    ],
    "version": 1,
}


class ThreadComment(Answer):
    """What somebody said in a thread."""

    id: Id
    by: Reviewer
    at: Moment
    text: str


class Settled(Answer):
    """Who settled a thread, and when."""

    by: Reviewer
    at: Moment


class Thread(Answer):
    """A remark and its answers, the oldest first."""

    model_config = example(THREAD)

    id: Id
    state: ThreadState = Field(description="`outdated`: open, and what it is about stands in the text no more.")
    section: str | None
    quote: str | None = Field(description="The words that it is about, as they stand now or stood last.")
    before: str
    after: str
    line: int | None = Field(description="Where these words begin in the section as it is now; null: nowhere.")
    revision: int = Field(description="The last revision in which they are known to have stood.")
    outdated: bool
    resolved: Settled | None = None
    comments: tuple[ThreadComment, ...]
    version: int = Field(description="Counts its changes, from 1.")


class ThreadList(Answer):
    """The threads of a postmortem, the oldest first."""

    model_config = example({"items": [THREAD]})

    items: tuple[Thread, ...]


def shown(known: Iterable[threads.Thread], draft: Snapshot) -> tuple[Thread, ...]:
    """Return threads as they stand in the text as it is now."""
    return tuple(_shown(thread, draft) for thread in known)


def _shown(thread: threads.Thread, draft: Snapshot) -> Thread:
    anchor = thread.anchor
    line = anchor.line(draft.report.get(thread.section or "", "")) if anchor and not thread.outdated else None
    outdated = thread.outdated or (anchor is not None and line is None)
    state: ThreadState = "resolved" if thread.resolved else "outdated" if outdated else "open"
    return Thread(
        id=thread.id,
        state=state,
        section=thread.section,
        quote=anchor and anchor.quote,
        before=anchor.before if anchor else "",
        after=anchor.after if anchor else "",
        line=line,
        revision=thread.revision if outdated else draft.revision,
        outdated=outdated,
        resolved=Settled(**dict(thread.resolved)) if thread.resolved else None,
        comments=tuple(ThreadComment(**dict(comment)) for comment in thread.comments),
        version=thread.version,
    )
