"""The meeting of a postmortem, as the API answers it. Pure."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from services.gateway.domain.answers.shapes import Answer, Instant, example
from shared.contracts.base import Moment, Owner
from shared.contracts.values import Attendee, MeetingStatus

TIMES = {"start": "2026-03-05T13:00:00Z", "end": "2026-03-05T14:00:00Z"}
NOTES = "We agreed to alert on the pool, and to write the runbook for it.\n"
UID = "5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11@afterword"
EXAMPLE: dict[str, Any] = {
    "uid": UID,
    "status": "scheduled",
    **TIMES,
    "timezone": "Europe/Berlin",
    "sequence": 1,
    "url": "https://afterword.example.com/postmortems/5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11",
    "join_url": "https://meet.example.com/5e0f4a0e",
    "attendees": [{"name": "Olga Owner", "email": "owner@example.com", "required": True}],
}


def _is_none(value: object) -> bool:
    return value is None


class NotesTaken(Answer):
    """Who took the notes last, and when; `version` counts how often they changed."""

    by: Owner
    at: Instant
    version: int


class Meeting(Answer):
    """The meeting as it stands on the shared calendar; status `none` as long as there is no slot."""

    model_config = example(EXAMPLE)

    uid: str | None
    status: MeetingStatus | Literal["none"]
    start: Moment | None
    end: Moment | None
    join_url: str | None
    attendees: tuple[Attendee, ...]
    timezone: str | None = Field(default=None, exclude_if=_is_none, description="Missing while there is no slot.")
    sequence: int | None = Field(default=None, exclude_if=_is_none, description="Counts the changes of the entry.")
    url: str | None = Field(default=None, exclude_if=_is_none, description="The postmortem's page.")
    notes: str | None = Field(
        default=None, exclude_if=_is_none, description="Markdown, beside the text; missing while there are none."
    )
    notes_taken: NotesTaken | None = Field(default=None, exclude_if=_is_none, description="Who took the notes last.")


class MeetingFacts(Answer):
    """How the meeting stands after what was asked for. `needs_attention`: what somebody should look at, or empty."""

    model_config = example({"uid": UID, "status": "scheduled", **TIMES, "needs_attention": ""})

    uid: str
    status: MeetingStatus
    start: Instant
    end: Instant
    needs_attention: str
    notes_version: int | None = Field(
        default=None,
        exclude_if=_is_none,
        description="Counts how often the notes changed; missing while there are none.",
    )
