"""What a meeting remembers: of its entry, of what others were told, and of whom a mail invited."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from services.calendar.domain.states import Status
from shared.contracts.base import Email, Line, Moment
from shared.contracts.values import Attendee


class Seen(BaseModel):
    """The entry as it was last known to stand on the calendar; `etag` is empty when the server told none."""

    model_config = ConfigDict(frozen=True)

    etag: str
    write_id: str
    start: Moment
    end: Moment


class Told(BaseModel):
    """What the other rooms were last told."""

    model_config = ConfigDict(frozen=True)

    status: Status
    start: Moment
    end: Moment
    title: str
    attendees: tuple[Attendee, ...] = ()
    late: bool = False


class Mailed(BaseModel):
    """Somebody who was invited by mail, and which SEQUENCE they were told last; `off` once it was taken back."""

    model_config = ConfigDict(frozen=True)

    name: Line
    email: Email
    sequence: int
    off: bool = False
