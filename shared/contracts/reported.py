"""What an incident tool tells: the one fact that comes from outside."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from shared.contracts import base
from shared.contracts.base import Email, Line, Message, Moment, Person, Severity, Text, Token, Url
from shared.contracts.values import Entry, IncidentKind


class IncidentReported(Message):
    """An incident tool told us something. Said by incident tools and by the gateway for them.

    `postmortem_id` may be left out: it follows from `source` and `external_id`. `private`: not everybody may see the
    incident in its tool, so its postmortem is restricted. `reported_by` is set by the gateway when a person reports and
    no tool: a person's word lets nobody see what is restricted. `false_alarm`: there was no incident after all (or
    there was); left out, it says nothing of that. `impact_started_at`, `impact_ended_at` and
    `mitigated_at` are what the tool knows besides the moment of the event; of several words the latest counts.
    """

    name: ClassVar[str] = "IncidentReported.v1"
    postmortem_id: base.PostmortemId = Field(default="", json_schema_extra=base.without_default)
    source: Token
    external_id: Token
    kind: IncidentKind
    occurred_at: Moment
    title: Line | None = None
    summary: Text = ""
    severity: Severity | None = None
    services: tuple[Token, ...] = Field(default=(), max_length=100)
    url: Url | None = None
    people: tuple[Person, ...] = Field(default=(), max_length=200)
    entry: Entry = Entry()
    private: bool = False
    false_alarm: bool | None = None
    reported_by: Email | None = None
    impact_started_at: Moment | None = None
    impact_ended_at: Moment | None = None
    mitigated_at: Moment | None = None

    @model_validator(mode="after")
    def _belongs_to_its_incident(self) -> IncidentReported:
        if self.kind is IncidentKind.OPENED and not self.title:
            msg = "title: an opened incident needs a title; add `title`"
            raise ValueError(msg)
        expected = base.postmortem_id(self.source, self.external_id)
        if self.postmortem_id not in ("", expected):
            msg = "postmortem_id: does not belong to this source and external_id; leave it out"
            raise ValueError(msg)
        object.__setattr__(self, "postmortem_id", expected)
        return self
