"""What calendar tells one person of a meeting, as distribution hears it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.contracts.base import Owner, derived_id
from shared.contracts.meeting_notices import MeetingNotice
from shared.contracts.meeting_reminders import MeetingReminder
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import ADA


def meeting_notice(kind: str = "invitation", recipient: Owner = ADA, **fields: Any) -> MeetingNotice:
    given: dict[str, Any] = {
        "postmortem_id": PM,
        "kind": kind,
        "recipient": recipient,
        "uid": derived_id(PM),
        "sequence": 0,
        "start": NOW + timedelta(hours=45),
        "end": NOW + timedelta(hours=46),
        "timezone": "Europe/Berlin",
        "title": "Checkout answers slowly",
        "severity": "sev2",
        "url": f"https://afterword.example.com/postmortems/{PM}",
        "join_url": f"https://meet.example.com/{PM}",
        "organizer": Owner(name="Postmortem meetings", email="meetings@example.com"),
        "at": NOW,
    } | fields
    return MeetingNotice.model_validate(given)


def meeting_reminder(recipient: Owner = ADA, **fields: Any) -> MeetingReminder:
    given: dict[str, Any] = {
        "postmortem_id": PM,
        "kind": "pre_read",
        "recipient": recipient,
        "start": NOW + timedelta(hours=24),
        "timezone": "Europe/Berlin",
        "sequence": 3,
        "title": "Checkout answers slowly",
        "severity": "sev2",
        "url": f"https://afterword.example.com/postmortems/{PM}",
        "join_url": "https://meet.example.com/x",
        "at": NOW,
    } | fields
    return MeetingReminder.model_validate(given)
