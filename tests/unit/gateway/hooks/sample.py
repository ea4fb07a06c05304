"""Subscribers and calls for tests."""

from __future__ import annotations

from typing import Any

from services.gateway.domain.hooks import Endpoint, Hook, calls, endpoints
from services.gateway.domain.view import View, project
from shared.contracts import Message
from shared.contracts import events as said
from shared.contracts.base import postmortem_id
from shared.contracts.closing import PostmortemClosed
from shared.contracts.commands import CallWebhook
from shared.contracts.merging import PostmortemMerged
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped
from shared.contracts.values import Comment, Incident
from shared.contracts.verdicts import ApprovalWithdrawn
from shared.contracts.withdrawing import CorrectionWithdrawn
from tests.helpers.builders import EXTERNAL_ID, NOW, PM, SOURCE, a_draft
from tests.unit.gateway.test_view import DINA, MEETING, STORY

SECRET, NEXT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PUBLIC = "https://afterword.example.com/"
URL = "https://ci.example.com/hook"


def a_hook(**fields: Any) -> Hook:
    """Build a subscriber."""
    return Hook.model_validate({"name": "ci", "url": URL} | fields)


def an_endpoint(*secrets: str, **fields: Any) -> Endpoint:
    """Build a subscriber with its secrets."""
    hook = a_hook(**fields)
    given = secrets or ((SECRET,) if hook.format == "standard" else ())
    return endpoints([hook], {"ci": given})["ci"]


def a_view(*facts: Message) -> View:
    """Build the view that has heard these facts."""
    view: View | None = None
    for n, fact in enumerate(facts):
        view = project(view, fact, (NOW, str(n)))
    return view or View(id=PM)


def a_call(event: Message, **fields: Any) -> CallWebhook:
    """Build the call that follows from a fact."""
    (call,) = calls(event, "e-1", NOW, [a_hook(events=[event.name], **fields)], NOW)
    return call


OPEN = tuple(event for event in STORY if event.name != "AccessChanged.v1")
"""The story of a postmortem that is not restricted."""
MORE: tuple[Message, ...] = (
    said.TimelineExtended(postmortem_id=PM, timeline=(), incident=Incident(source=SOURCE, external_id=EXTERNAL_ID)),
    said.ReviewCommented(postmortem_id=PM, revision=2, reviewer=DINA, comments=(Comment(text="Why?"),), at=NOW),
    ApprovalWithdrawn(
        postmortem_id=PM,
        revision=3,
        content_hash="x",
        reviewer=DINA,
        approval_round=1,
        at=NOW,
        reason="I have read the log by now",
    ),
    said.MeetingRescheduled(**MEETING, status="scheduled", sequence=2),
    said.MeetingCancelled(postmortem_id=PM, uid="u", sequence=3, at=NOW),
    a_draft(PostmortemSkipped, toggles=1, reason="A drill", skipped_by="owner@example.com", skipped_at=NOW),
    a_draft(PostmortemRequired, toggles=2, reason="No drill", required_by="ada@example.com", required_at=NOW),
    a_draft(CorrectionWithdrawn, revision=4, correction_of=4, withdrawn_by="ada@example.com", withdrawn_at=NOW),
    PostmortemClosed(postmortem_id=PM, revision=3, items=2, closed_at=NOW),
    PostmortemMerged(
        postmortem_id=PM, into=postmortem_id("x", "y"), revision=2, merged_at=NOW, merged_by="ada@example.com"
    ),
)


def story(name: str) -> Message:
    """Return the first fact of a name in the sample story, or one that is not in it."""
    return next(event for event in (*STORY, *MORE) if event.name == name)
