"""What waits for somebody: their drafts, reviews, meetings and action items, each with one next step. Pure.

What is most urgent comes first, in a group and among the groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from services.gateway.domain.facets import MeetingView
from services.gateway.domain.pages.wording import counted
from services.gateway.domain.view import View
from shared.contracts.action_items import ActionItem
from shared.contracts.events import Snapshot
from shared.contracts.values import Status

UNFINISHED: tuple[Status, ...] = ("draft", "changes_requested", "in_review", "approved")
"""What its owner has to bring to publication."""
AHEAD = timedelta(days=7)
"""Of meetings, how far home looks ahead."""
ITEMS_AHEAD = timedelta(days=14)
"""Of action items, how long before they are due they are shown."""
TODAY, SOON = timedelta(hours=24), timedelta(days=3)


class Urgency(IntEnum):
    """How urgent something is; less is sooner."""

    LATE = 0
    TODAY = 1
    SOON = 2
    LATER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing that waits: what about, until when, and the way to the next step.

    `step` is that step in words, `path` leads to it; `about` is the page of the postmortem. `call` is where a meeting
    takes place.
    """

    id: str
    title: str
    severity: str
    severity_label: str
    restricted: bool = False
    due: datetime
    until: datetime | None = None
    urgency: Urgency
    step: str
    path: str
    note: str = ""
    call: str = ""

    @property
    def about(self) -> str:
        """Return where the postmortem is read."""
        return f"/postmortems/{self.id}"


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks of one kind, what is due first first; `name` is the kind."""

    name: str
    heading: str
    tasks: tuple[Task, ...]

    @property
    def urgency(self) -> Urgency:
        """Return how urgent the most urgent of them is."""
        return min(task.urgency for task in self.tasks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the library has for somebody: what they own, reviews asked of them, meetings, and their action items."""

    owned: Sequence[View] = ()
    reviews: Sequence[View] = ()
    meetings: Sequence[View] = ()
    items: Sequence[Task] = ()


def urgency(due: datetime, now: datetime) -> Urgency:
    """Return how urgent it is to be done by then."""
    if due < now:
        return Urgency.LATE
    if due <= now + TODAY:
        return Urgency.TODAY
    return Urgency.SOON if due <= now + SOON else Urgency.LATER


def groups(found: Found, email: str, now: datetime) -> tuple[Group, ...]:
    """Return what waits for this person, by kind; kinds of which nothing waits are left out."""
    owned = [(view.status(), _owned(view, view.draft, now)) for view in found.owned if view.draft]
    kinds = (
        ("changes", "Changes asked for", _of(owned, "changes_requested")),
        ("drafts", "Drafts to finish", _of(owned, "draft")),
        ("approved", "Approved, ready to publish", _of(owned, "approved")),
        ("reviews", "Reviews asked of you", _reviews(found.reviews, email, now)),
        ("meetings", "Your meetings this week", _meetings(found.meetings, email, now)),
        ("items", "Your action items", found.items),
    )
    some = [Group(name, heading, _by_due(tasks)) for name, heading, tasks in kinds if tasks]
    return tuple(sorted(some, key=lambda group: (group.urgency, group.tasks[0].due)))


def with_others(found: Found, now: datetime) -> tuple[Task, ...]:
    """Return what this person owns that waits for others: what is in review."""
    return _by_due(_owned(view, view.draft, now) for view in found.owned if view.draft and view.status() == "in_review")


def is_attending(meeting: MeetingView, email: str) -> bool:
    """Say whether somebody is on the invitation."""
    return any(each.email == email for each in meeting.attendees)


def _by_due(tasks: Iterable[Task]) -> tuple[Task, ...]:
    return tuple(sorted(tasks, key=lambda task: (task.due, task.id, task.path)))


def _of(owned: Iterable[tuple[Status, Task]], status: Status) -> list[Task]:
    return [task for its, task in owned if its == status]


def _owned(view: View, draft: Snapshot, now: datetime) -> Task:
    step, path, note = _STEPS[view.status()](view, draft)
    return _task(view, draft, draft.deadline, now, step=step, path=f"/postmortems/{view.id}{path}", note=note)


def _draft_step(view: View, draft: Snapshot) -> tuple[str, str, str]:
    correction = "A correction of what is published. " if view.publication else ""
    if draft.missing:
        return "Go on writing", "/edit", f"{correction}Still empty: {counted(len(draft.missing), 'section')}."
    return "Submit it for review", "/submit", f"{correction}Every section says something."


def _changes_step(_view: View, _draft: Snapshot) -> tuple[str, str, str]:
    return "See what is asked for", "/review", "Answer the comments, change the text, and submit it again."


def _review_step(view: View, draft: Snapshot) -> tuple[str, str, str]:
    given = len(view.review.approvals) if view.review.approvals_revision == draft.revision else 0
    asked = counted(len(view.review.reviewers), "reviewer")
    return "See the review", "/review", f"{asked} asked, {counted(given, 'approval')} given."


def _approved_step(view: View, _draft: Snapshot) -> tuple[str, str, str]:
    meets = view.meeting is not None and not view.ended and not view.cancelled
    after = "It goes out by itself after the meeting; you may publish it before." if meets else "It may go out now."
    return "Publish it", "/publish", after


_STEPS = {
    "draft": _draft_step,
    "changes_requested": _changes_step,
    "in_review": _review_step,
    "approved": _approved_step,
}


def _reviews(views: Iterable[View], email: str, now: datetime) -> list[Task]:
    """Leave out those that this person has approved as they are: they wait for others."""
    return [task for view in views if view.draft and (task := _review(view, view.draft, email, now))]


def _review(view: View, draft: Snapshot, email: str, now: datetime) -> Task | None:
    mine = next((each for each in view.review.reviewers if each.email == email), None)
    current = view.review.approvals if view.review.approvals_revision == draft.revision else ()
    if mine is None or any(approval.email == email for approval in current):
        return None
    step, note = ("Go on reviewing", "You said that you do it.") if mine.claimed else ("Review it", " ".join(mine.why))
    due = mine.due or draft.deadline
    return _task(view, draft, due, now, step=step, path=f"/postmortems/{view.id}/review", note=note)


def _meetings(views: Iterable[View], email: str, now: datetime) -> list[Task]:
    """Return the meetings that somebody is invited to and that are not over; one under way is not late."""
    return [
        _meeting(view, view.draft, view.meeting, now)
        for view in views
        if view.draft and view.meeting and view.meeting.end > now and is_attending(view.meeting, email)
        if not view.cancelled and not view.ended
    ]


def _meeting(view: View, draft: Snapshot, meeting: MeetingView, now: datetime) -> Task:
    tentative = "Its time is not settled yet." if meeting.status == "tentative" else ""
    path = f"/postmortems/{view.id}/meeting"
    call = meeting.join_url if meeting.start - now <= TODAY else ""
    due = max(meeting.start, now)
    task = _task(view, draft, due, now, step="See the meeting", path=path, note=tentative)
    return replace(task, due=meeting.start, until=meeting.end, call=call)


def item_task(id: str, title: str, severity: str, item: ActionItem, now: datetime) -> Task:
    """Return an action item of a postmortem as what waits for its owner."""
    return Task(
        id=id,
        title=title,
        severity=severity,
        severity_label=severity.upper(),
        due=item.due,
        urgency=urgency(item.due, now),
        step=item.text,
        path=f"/postmortems/{id}/action-items/{item.id}",
        note=f"{item.priority.value.upper()}, {item.state.value.replace('_', ' ')}",
    )


def _task(view: View, draft: Snapshot, due: datetime, now: datetime, *, step: str, path: str, note: str) -> Task:
    return Task(
        id=view.id,
        title=draft.title,
        severity=draft.severity.value,
        severity_label=draft.severity_words(),
        restricted=draft.restricted,
        due=due,
        urgency=urgency(due, now),
        step=step,
        path=path,
        note=note,
    )
