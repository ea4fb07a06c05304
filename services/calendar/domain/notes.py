"""The notes of a meeting, as they are kept."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Moment, Owner
from shared.contracts.commands import MeetingNotes


class Notes(BaseModel):
    """What was noted of the meeting, by whom and when; `version` counts how often that changed."""

    model_config = ConfigDict(frozen=True)

    text: MeetingNotes
    by: Owner
    at: Moment
    version: int
