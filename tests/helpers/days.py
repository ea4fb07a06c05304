"""Postmortems for tests of people's days: each with the facts that bring it to where the test wants it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.gateway.domain.view import View, project
from shared.contracts import events as said
from shared.contracts.base import Message, Owner, derived_id, postmortem_id
from shared.contracts.values import Approval, AskedReviewer, Attendee
from tests.helpers.builders import NOW, a_draft, an_item

ENGINEER = Owner(name="Engineer", email="engineer@example.com")
REVIEWER = AskedReviewer(name="Reviewer", email="reviewer@example.com", why=("Knows checkout.",))
OWNER = Attendee(name="Olga Owner", email="owner@example.com", role="owner")
Fact = Callable[[dict[str, Any]], Message]
"""One more fact about a postmortem, made of the fields that it begins with."""


def life(n: int, *facts: Fact, **fields: Any) -> View:
    """Return the n-th postmortem after these facts."""
    about = {"postmortem_id": id_of(n), "title": f"Number {n}"} | fields
    events = [a_draft(said.DraftCreated, **about), *(fact(about) for fact in facts)]
    view: View | None = None
    for k, event in enumerate(events):
        view = project(view, event, (NOW + timedelta(minutes=n), f"e-{n}-{k}"))
    assert view
    return view


def id_of(n: int) -> str:
    """Return the id of the n-th postmortem."""
    return postmortem_id("days", str(n))


def shelf(*views: View) -> dict[str, View]:
    """Return views by their ids, as a door takes them."""
    return {view.id: view for view in views}


def requested(about: dict[str, Any]) -> Message:
    """It is submitted for review."""
    event: Message = a_draft(said.ReviewRequested, **about, requested_at=NOW, requested_by="engineer@example.com")
    return event


def asked(*reviewers: AskedReviewer) -> Fact:
    """These are asked to review it."""
    return lambda about: said.ReviewersAssigned(
        postmortem_id=about["postmortem_id"], revision=1, reviewers=reviewers, assigned_at=NOW
    )


def changes(about: dict[str, Any]) -> Message:
    """A reviewer asks for changes."""
    given = {"postmortem_id": about["postmortem_id"], "revision": 1, "comments": (), "at": NOW + timedelta(minutes=1)}
    return said.ChangesRequested.model_validate(given | {"reviewer": REVIEWER.model_dump(include={"name", "email"})})


def approved_by(*approvals: Approval) -> Fact:
    """These have approved it; it takes more."""
    return lambda about: said.ApprovalGiven.model_validate(
        {"postmortem_id": about["postmortem_id"], "revision": 1, "content_hash": "x", "approvals": approvals}
        | {"needed": 2}
    )


def approved(about: dict[str, Any]) -> Message:
    """As many as are needed have approved it."""
    event: Message = a_draft(said.ReviewApproved, **about, approvals=())
    return event


def meets(start: datetime, *attendees: Attendee, status: str = "scheduled", minutes: int = 30) -> Fact:
    """People meet about it."""
    return lambda about: said.MeetingScheduled.model_validate(
        {"postmortem_id": about["postmortem_id"], "uid": f"uid-{about['postmortem_id']}", "start": start}
        | {"end": start + timedelta(minutes=minutes), "timezone": "Europe/Berlin", "status": status, "sequence": 1}
        | {"url": f"https://afterword.example.com/postmortems/{about['postmortem_id']}", "title": "t"}
        | {"join_url": "https://meet.example.com/x", "attendees": attendees}
    )


def over(about: dict[str, Any]) -> Message:
    """The meeting is over."""
    id = about["postmortem_id"]
    return said.MeetingEnded(postmortem_id=id, uid=f"uid-{id}", ended_at=NOW)


def off(about: dict[str, Any]) -> Message:
    """The meeting is called off."""
    id = about["postmortem_id"]
    return said.MeetingCancelled(postmortem_id=id, uid=f"uid-{id}", sequence=2, at=NOW)


def item(text: str, due: datetime, state: str = "open", owner: Owner = ENGINEER) -> Fact:
    """Something is to be done."""
    return lambda about: said.ActionItemAdded(
        postmortem_id=about["postmortem_id"],
        item=an_item(id=derived_id(text, about["postmortem_id"]), text=text, due=due, state=state, owner=owner),
    )


def published(at: datetime, overview: str = "Connections ran **out**.", severity: str = "sev2") -> Fact:
    """It is published."""
    return lambda about: said.Published.model_validate(
        {"postmortem_id": about["postmortem_id"], "revision": 1, "content_hash": "x", "published_at": at}
        | {"title": about["title"], "severity": severity, "services": ("checkout",), "report": {"overview": overview}}
        | {"lists": [], "recipients": 1}
    )


def attendee(email: str = "engineer@example.com", *, required: bool = False) -> Attendee:
    """Build somebody on an invitation."""
    return Attendee(name=email.partition("@")[0].title(), email=email, required=required, role="guest")


def titles(found: Sequence[View]) -> list[str]:
    """Return what the postmortems are called."""
    return [view.draft.title for view in found if view.draft]
