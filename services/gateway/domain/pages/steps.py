"""What somebody can do with a postmortem as it stands now: the next step first. Pure.

The page shows the way to what is worth trying; whether it is allowed, the room decides that owns the matter, and says
why not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from services.gateway.domain.access import Act
from services.gateway.domain.pages.people import COMMANDER
from services.gateway.domain.view import View
from shared.contracts.commands import Actor, Role
from shared.contracts.events import Snapshot

WRITABLE = frozenset({"draft", "changes_requested", "in_review", "approved"})


class Step(NamedTuple):
    """A way on: the last part of its address, what it is called, which act it takes; `is_next`: it is what waits."""

    path: str
    label: str
    act: Act
    is_next: bool = False


EDIT = Step("edit", "Edit", Act.EDIT_POSTMORTEMS)
SUBMIT = Step("submit", "Submit for review", Act.SUBMIT_POSTMORTEMS)
REVIEW = Step("review", "Review", Act.READ_REVIEWS)
PUBLISH = Step("publish", "Publish now", Act.PUBLISH_POSTMORTEMS)
SKIP = Step("skip", "Skip", Act.SKIP_POSTMORTEMS)
REQUIRE = Step("require", "Ask for a postmortem", Act.REQUIRE_POSTMORTEMS)
CORRECT = Step("correction", "Correct", Act.CORRECT_POSTMORTEMS)
WITHDRAW = Step("correction", "Give the correction up", Act.CORRECT_POSTMORTEMS)


def steps(view: View, draft: Snapshot, actor: Actor) -> tuple[Step, ...]:
    """Return what this person can do next with a postmortem: nothing with an imported one, which its file says."""
    return tuple(_steps(view, draft, actor))


def _steps(view: View, draft: Snapshot, actor: Actor) -> Iterator[Step]:
    status, owns = view.status(), is_own(draft, actor)
    if view.is_merged() or view.imported:
        return
    if status == "skipped":
        yield REQUIRE._replace(is_next=True)
    elif view.is_out():
        yield CORRECT
    else:
        yield from _working(view, draft, status, owns=owns)
        if leads(view, draft, actor) and not view.publication:
            yield SKIP


def _working(view: View, draft: Snapshot, status: str, *, owns: bool) -> Iterator[Step]:
    is_to_submit = status in {"draft", "changes_requested"}
    if status == "approved" and owns:
        yield PUBLISH._replace(is_next=True)
    if status == "in_review":
        yield REVIEW._replace(is_next=not owns)
    if is_to_submit:
        yield SUBMIT._replace(is_next=owns and not draft.missing)
    yield EDIT._replace(is_next=owns and is_to_submit and bool(draft.missing))
    if status in {"changes_requested", "approved"}:
        yield REVIEW
    if draft.correction_of and view.publication and status != "approved":
        yield WITHDRAW


def is_own(draft: Snapshot, actor: Actor) -> bool:
    """Say whether it is for this person to carry it to its end: its owner, or an admin."""
    return actor.email == draft.owner.email or actor.role is Role.ADMIN


def leads(view: View, draft: Snapshot, actor: Actor) -> bool:
    """Say whether this person decides if there is to be a postmortem: who owns it, or commanded the incident."""
    return is_own(draft, actor) or any(
        person.role == COMMANDER and person.email == actor.email for person in (*view.people, *draft.people)
    )
