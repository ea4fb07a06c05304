"""A postmortem that somebody edits, and what can become of it meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.gateway.domain.history import revision_of
from services.gateway.domain.view import View, project
from shared.contracts.coaching import RevisionChecked
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.events import DraftCreated, DraftRevised, Published, ReviewRequested
from shared.contracts.findings import Finding, FindingKind
from shared.contracts.sections import Section
from tests.helpers.builders import NOW, PM, a_draft, a_remark, a_snapshot
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser, Page

EDIT = f"/postmortems/{PM}/edit"
PATH = f"{EDIT}/impact"
SECTIONS = (
    Section(name="overview", title="Overview"),
    Section(name="impact", title="Impact", blocking=True, help="numbers, please.", prompts=("How many?",)),
)
REPORT = {"overview": "Slow.\n", "impact": "None.\n"}
FINDING = Finding(
    id="0" * 16,
    rule="github",
    kind=FindingKind.SECRET,
    section="impact",
    line=1,
    column=1,
    end_line=1,
    end_column=5,
    what="GitHub token",
    excerpt="ghp_… 40 characters",
    hint="Put a placeholder in its place.",
)
FIRST = a_draft(DraftCreated, report=REPORT, sections=SECTIONS, missing=("impact",), findings=(FINDING,))
SECOND = a_draft(
    DraftRevised,
    revision=2,
    report={**REPORT, "impact": "412 customers.\n"},
    sections=SECTIONS,
    status="draft",
    revised_at=NOW,
    revised_by="ben@example.com",
)
CHECKED = RevisionChecked(
    postmortem_id=PM, revision=1, content_hash=FIRST.content_hash, remarks=(a_remark(section="impact"),), at=NOW
)
REFUSED = Reply(
    refusal=Refusal(
        kind=Kind.STALE,
        rule="stale-revision",
        field="If-Match",
        detail="Changed since you read it: `sections.impact`.",
        data={
            "revision": 2,
            "content_hash": SECOND.content_hash,
            "conflicts": [
                {
                    "field": "sections.impact",
                    "revision": 2,
                    "changed_by": "ben@example.com",
                    "changed_at": "2026-03-02T12:00:00Z",
                }
            ],
        },
    )
)


ASKED = a_draft(ReviewRequested, report=REPORT, sections=SECTIONS, requested_at=NOW, requested_by="owner@example.com")
_TOLD = {name: value for name, value in a_snapshot(report=REPORT).items() if name in Published.model_fields}
PUBLISHED = Published(**{**_TOLD, "revision": 1, "published_at": NOW, "lists": (), "recipients": 0})


def view_of(*facts: Any) -> View:
    """Return what is known after these facts."""
    view = View(id=PM)
    for number, fact in enumerate(facts):
        view = project(view, fact, (NOW + timedelta(minutes=number), f"e-{number}"))
    return view


async def an_open_door(*more: Any) -> Door:
    """Return a door behind which the postmortem is a draft that was checked, and more has happened."""
    door = Door(views={PM: view_of(FIRST, CHECKED, *more)})
    await door.history.keep(revision_of(FIRST, (NOW, "e-0")))
    return door


async def revised_by_another(door: Door) -> None:
    """Let somebody else have changed the section; the room says so to who comes with the revision before."""
    await door.history.keep(revision_of(SECOND, (NOW, "e-2")))
    door.views[PM] = view_of(FIRST, CHECKED, SECOND)
    door.messages.reply = REFUSED


def said(door: Door) -> Any:
    """Return the one command that was given."""
    ((_, command),) = door.messages.said
    return command


async def form_of(browser: Browser) -> dict[str, str]:
    """Return the section's form as it stands on its page."""
    return (await browser.open(PATH)).form(PATH)


async def saved(browser: Browser, text: str, **more: str) -> Page:
    """Type a text into the section and save it."""
    return await browser.send(PATH, {**await form_of(browser), "text": text, **more})
