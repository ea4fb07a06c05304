"""When a postmortem is met, as far as distribution knows. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.contracts.events import MeetingCancelled, MeetingScheduled


class HeardMeeting(BaseModel):
    """The newest word on the meeting: the SEQUENCE of its entry, and its beginning, or None when it is called off.

    `title` is what it is about, as its postmortem was called then.
    """

    model_config = ConfigDict(frozen=True)

    sequence: int
    start: datetime | None
    title: str = ""

    @property
    def order(self) -> tuple[int, bool]:
        """Return what tells the newer of two: SEQUENCE, and of the same one the word that calls it off."""
        return self.sequence, self.start is None

    @classmethod
    def of(cls, event: MeetingScheduled | MeetingCancelled) -> HeardMeeting:
        """Return what an event tells."""
        if isinstance(event, MeetingScheduled):
            return cls(sequence=event.sequence, start=event.start, title=event.title)
        return cls(sequence=event.sequence, start=None)
