"""What a postmortem remembers of what happened to it, one value for each."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Severity
from shared.contracts.events import IncidentReported
from shared.contracts.values import Report


class Revision(BaseModel):
    """That the text changed: which revision, when (UTC), by whom, and the hash of what it became."""

    model_config = ConfigDict(frozen=True)

    number: int
    at: datetime
    by: str
    note: str = ""
    content_hash: str


class Heard(BaseModel):
    """An incident event as it was heard, under its message's id.

    `size`: how many bytes it adds to the timeline, 0 when that was not counted yet.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    event: IncidentReported
    size: int = 0


class Taken(BaseModel):
    """What a postmortem was handed of another one's incident; `number` is that one's count, even when it is apart.

    `private`: whether that one was restricted, so that this one was closed for it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    number: int
    heard: tuple[Heard, ...] = ()
    private: bool = False

    @property
    def is_here(self) -> bool:
        """Say whether the incident is part of the postmortem."""
        return self.number % 2 == 1


class PublishedText(BaseModel):
    """The text of a published revision, as far as a correction changes it."""

    model_config = ConfigDict(frozen=True)

    title: str
    severity: Severity
    services: tuple[str, ...]
    report: Report
    severity_label: str = ""


class Correction(BaseModel):
    """That what is published is corrected: which revision, from which one on, why, by whom and when (UTC).

    `text` is what is published, while it is open; None also when it was opened before that was kept. `ended` is the
    revision that put it back, 0 unless it was given up.
    """

    model_config = ConfigDict(frozen=True)

    of: int
    since: int
    note: str
    by: str
    at: datetime
    text: PublishedText | None = None
    ended: int = 0


class Standing(BaseModel):
    """Whether a postmortem is wanted, as was last decided: why, by whom (`afterword` for the policy) and when (UTC)."""

    model_config = ConfigDict(frozen=True)

    reason: str
    by: str
    at: datetime


class Reminded(BaseModel):
    """How often somebody was reminded of one matter, and when last (UTC): what was to be said by then is settled."""

    model_config = ConfigDict(frozen=True)

    step: int
    at: datetime
