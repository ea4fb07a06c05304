"""A postmortem in review for tests of its pages: the facts, the gateway that knows them, and forms that are sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.gateway.domain.history import revision_of
from services.gateway.domain.view import View, project
from shared.contracts import events as said
from shared.contracts.base import Message
from shared.contracts.values import Approval, AskedReviewer, Comment
from tests.helpers.builders import NOW, PM, REPORT, a_draft
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, Page

PATH = f"/postmortems/{PM}/review"
THREAD, OTHER = (f"3f6f9ac1-6f5f-5a43-9d6f-0d6a0d6f7c1{n}" for n in (1, 2))
ME = AskedReviewer(name="Rosa Reviewer", email="reviewer@example.com", due=NOW + timedelta(days=1))
BEN = AskedReviewer(name="Ben Berg", email="ben@example.com", claimed=True)
FIRST = a_draft(said.DraftCreated)
SUBMITTED: tuple[Message, ...] = (
    FIRST,
    a_draft(said.ReviewRequested, requested_at=NOW, requested_by="owner@example.com"),
    said.ReviewersAssigned(postmortem_id=PM, revision=1, reviewers=(ME, BEN), assigned_at=NOW, needed=2),
)
EDITED = a_draft(
    said.DraftRevised,
    revision=2,
    status="in_review",
    revised_at=NOW,
    revised_by="owner@example.com",
    title="Checkout was down",
    report={**REPORT, "overview": "Checkout answered very slowly.\n"},
)
REMARKED = said.ReviewCommented(
    postmortem_id=PM,
    revision=1,
    reviewer=BEN,
    at=NOW,
    comments=(
        Comment(id=THREAD, section="overview", quote="answered", text="How **slowly**?"),
        Comment(id=OTHER, text="Reads well."),
    ),
)
APPROVED = said.ApprovalGiven(
    postmortem_id=PM, revision=1, content_hash="x", approvals=(Approval(name="R", email=ME.email, at=NOW),)
)


def a_door(*facts: Message, story: Sequence[Message] = SUBMITTED) -> Door:
    view: View | None = None
    for n, fact in enumerate((*story, *facts)):
        view = project(view, fact, (NOW, f"e-{n}"))
    assert view
    door = Door(views={PM: view})
    for n, fact in enumerate((*story, *facts)):
        if isinstance(fact, said.DraftCreated | said.DraftRevised):
            revision = revision_of(fact, (NOW, f"e-{n}"))
            door.history.kept[PM, revision.number] = revision
    return door


async def a_page(*facts: Message, role: str = "reviewer", query: str = "") -> Page:
    async with Browser(a_door(*facts), role) as browser:
        page = await browser.open(PATH + query)
        assert page.status == 200, page.answer.text
        return page


async def sent(door: Door, path: str, fields: dict[str, str], role: str = "reviewer") -> Page:
    async with Browser(door, role) as browser:
        page = await browser.open(PATH)
        action = PATH + path
        form = page.form(action) if page.all("//form/@action").count(action) == 1 else {}
        return await browser.send(action, {**form, **fields})


def command_of(door: Door) -> Any:
    ((_, command),) = door.messages.said
    return command
