"""Made-up reports and notices by which templates are tried out: of which much is known, and of which little is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel

from services.distribution.domain import Fact, Notice
from services.distribution.domain.address_notice import AddressNotice, AddressNoticeKind
from shared.contracts.events import ReviewApproved
from shared.contracts.meeting_notices import MeetingNotice, MeetingNoticeKind
from shared.contracts.meeting_reminders import MeetingReminder, MeetingReminderKind
from shared.contracts.notices import OwnerAssigned, OwnerReason, ReminderDue, ReminderKind
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind

LISTS = ("", "payments")
M = TypeVar("M", bound=BaseModel)
_ID = "00000000-0000-4000-8000-000000000042"
_AT = datetime(2026, 3, 2, 10, 2, tzinfo=UTC)
_LATER = _AT + timedelta(days=5)
_PERSON = {"name": "Sample Person", "email": "sample@example.com"}
_OTHER = {"name": "Another Person", "email": "another@example.com"}
_ITEM = {
    "id": "00000000-0000-4000-8000-000000000043",
    "version": 1,
    "text": "Set the size of the pool ourselves",
    "owner": _PERSON,
    "priority": "p1",
    "kind": "prevent",
    "due": _LATER,
    "state": "open",
    "created_at": _AT,
    "created_by": "sample@example.com",
    "updated_at": _AT,
    "tracker_url": "https://tracker.example.com/CHK-77",
}
_MEETING = {
    "recipient": _PERSON,
    "start": _LATER,
    "timezone": "Europe/Berlin",
    "url": f"https://afterword.example.com/postmortems/{_ID}",
    "join_url": "https://meet.example.com/sample",
}


def _report(**fields: Any) -> ReviewApproved:
    given = {
        "postmortem_id": _ID,
        "revision": 3,
        "content_hash": "",
        "title": "Checkout answers slowly",
        "severity": "sev1",
        "owner": _PERSON,
        "deadline": _LATER,
        "incident": {"source": "sample-tool", "external_id": "INC-42"},
        "report": {"overview": "Checkout answered slowly."},
        "approvals": (),
    }
    return _made(ReviewApproved, given | fields)


def _made(kind: type[M], given: Mapping[str, Any]) -> M:
    """Return a made-up fact; nobody ever said it."""
    return kind.model_validate(given)


MUCH = _report(
    services=("checkout", "payments"),
    severity_label="Critical",
    incident={
        "source": "sample-tool",
        "external_id": "INC-42",
        "started_at": _AT,
        "resolved_at": _AT + timedelta(minutes=46),
    },
    report={
        "overview": "Checkout answered **slowly**.\n\nNo order was lost.",
        "timeline": "| when | what |\n|---|---|\n| 10:02 | Pool exhausted |",
        "external_message": "Checkout was slow. We are sorry.",
    },
    approvals=({**_OTHER, "at": _AT},),
    correction_of=2,
    correction_note="The pool was exhausted at 10:02, not at 10:20.",
)
REPORTS = (MUCH, _report())


def _fact(fact: type[Fact], **fields: Any) -> Fact:
    given = {"postmortem_id": _ID, "title": "Checkout answers slowly", "severity": "sev1", "at": _AT}
    return _made(fact, given | fields)


def _facts() -> tuple[Fact, ...]:
    """Return a fact of every kind that there are words for."""
    owned = {"owner": _PERSON, "assigned_by": _OTHER["email"], "assigned_at": _AT, "deadline": _LATER}
    reviewed = {"recipient": _PERSON, "revision": 3}
    more = {"due": _LATER, "why": ("You know checkout.",), "sections": ("Overview",), "counts": {"warning": 2}}
    returned = {
        "recipient": _PERSON,
        "email": _OTHER["email"],
        "cause": "hard",
        "bounces": 2,
        "reply": "550 5.1.1 who?",
        "status": "5.1.1",
    }
    meeting = {**_MEETING, "uid": "sample", "sequence": 1, "end": _LATER + timedelta(hours=1), "organizer": _OTHER}
    return (
        *(_fact(OwnerAssigned, **owned, reason=reason) for reason in OwnerReason),
        _fact(OwnerAssigned, **owned, reason=OwnerReason.HANDED_OVER, previous=_OTHER),
        *(_fact(ReminderDue, recipient=_PERSON, step=1, due=_LATER, kind=k, item=_item(k)) for k in ReminderKind),
        *(_fact(ReviewNotice, **reviewed, kind=kind) for kind in ReviewNoticeKind),
        *(_fact(ReviewNotice, **reviewed, **more, kind=kind, since_revision=2) for kind in ReviewNoticeKind),
        *(_fact(MeetingNotice, **meeting, kind=kind) for kind in MeetingNoticeKind),
        _fact(MeetingNotice, **meeting, kind=MeetingNoticeKind.CANCELLED, left=True),
        *(_fact(AddressNotice, **returned, kind=kind, list=name) for kind in AddressNoticeKind for name in LISTS),
        *(_fact(MeetingReminder, **_MEETING, kind=kind) for kind in MeetingReminderKind),
    )


def _item(kind: ReminderKind) -> dict[str, Any] | None:
    return _ITEM if kind in (ReminderKind.ITEM_DUE, ReminderKind.ITEM_LATE) else None


NOTICES = tuple(Notice(id=f"sample-{n}", fact=fact) for n, fact in enumerate(_facts()))
