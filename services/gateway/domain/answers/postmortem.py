"""One postmortem, and a page of them, as the API answers them. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from services.gateway.domain.answers.action_items import ITEM, ActionItem
from services.gateway.domain.answers.meeting import EXAMPLE as MEETING
from services.gateway.domain.answers.meeting import Meeting
from services.gateway.domain.answers.publication import EXAMPLE as PUBLICATION
from services.gateway.domain.answers.publication import Publication
from services.gateway.domain.answers.review import EXAMPLE as REVIEW
from services.gateway.domain.answers.review import Review
from services.gateway.domain.answers.shapes import Address, Answer, Id, Instant, Words, example
from services.gateway.domain.timeliness import Timeliness
from shared.contracts.base import Owner, Person, Severity
from shared.contracts.impact import GatheredIncident, IncidentDurations
from shared.contracts.importing import ImportedFrom
from shared.contracts.sections import Section
from shared.contracts.values import Incident, IncidentKind, Status

ID = "5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11"
BASE = f"https://afterword.example.com/v1/postmortems/{ID}"
SUMMARY: dict[str, Any] = {
    "id": ID,
    "title": "Checkout answers slowly",
    "status": "published",
    "severity": "sev2",
    "severity_label": "SEV2",
    "services": ["checkout"],
    "tags": ["database"],
    "restricted": False,
    "owner": {"name": "Olga Owner", "email": "owner@example.com"},
    "deadline": "2026-03-07T12:00:00Z",
    "timeliness": "done",
    "skipped": None,
    "imported": None,
    "revision": 2,
    "created_at": "2026-03-02T10:02:01Z",
    "updated_at": "2026-03-03T09:00:00Z",
    "links": {
        "self": BASE,
        "meeting": f"{BASE}/meeting",
        "deliveries": f"{BASE}/deliveries",
        "page": f"https://afterword.example.com/postmortems/{ID}",
    },
}
EXAMPLE: dict[str, Any] = {
    **SUMMARY,
    "readers": ["guest@example.com"],
    "people": [{"name": "Rita Responder", "email": "rita@example.com", "role": "incident_commander"}],
    "content_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "sections": {"impact": "413 orders timed out.\n", "what_happened": "Connections ran out.\n"},
    "template": [
        {
            "name": "impact",
            "title": "Impact",
            "part": "report",
            "required": True,
            "blocking": True,
            "help": "Numbers: how many, for how long?",
            "prompts": [],
        },
        {
            "name": "what_happened",
            "title": "What happened",
            "part": "report",
            "required": True,
            "blocking": False,
            "help": "Tell the story so that somebody who was not there can follow it.",
            "prompts": ["Which signals existed, but went unseen?"],
        },
    ],
    "timeline": [
        {
            "at": "2026-03-02T09:14:00Z",
            "text": "Incident opened: Checkout answers slowly",
            "evidence_url": "https://tool.example.com/incidents/INC-42",
            "source": "my-tool",
            "kind": "opened",
            "who": "Rita Responder",
            "role": "incident_commander",
            "external_id": "INC-42",
        }
    ],
    "missing": [],
    "incident": {
        "source": "my-tool",
        "external_id": "INC-42",
        "url": "https://tool.example.com/incidents/INC-42",
        "started_at": "2026-03-02T09:14:00Z",
        "resolved_at": "2026-03-02T10:02:00Z",
    },
    "incidents": [
        {
            "source": "my-tool",
            "external_id": "INC-42",
            "url": "https://tool.example.com/incidents/INC-42",
            "started_at": "2026-03-02T09:14:00Z",
            "resolved_at": "2026-03-02T10:02:00Z",
            "postmortem_id": ID,
        }
    ],
    "durations": {
        "impact_started_at": "2026-03-02T09:06:00Z",
        "detected_at": "2026-03-02T09:14:00Z",
        "acknowledged_at": "2026-03-02T09:16:00Z",
        "mitigated_at": None,
        "resolved_at": "2026-03-02T10:02:00Z",
        "impact_ended_at": "2026-03-02T09:58:00Z",
        "reopened": 0,
        "time_to_detect_s": 480,
        "time_to_acknowledge_s": 120,
        "time_to_mitigate_s": None,
        "time_to_resolve_s": 2880,
        "impact_s": 3120,
    },
    "review": {**REVIEW, "state": "approved"},
    "meeting": {**MEETING, "status": "ended"},
    "publication": PUBLICATION,
    "action_items": [ITEM],
}


class Links(Answer):
    """Where the rest is; `page` is the address that mails and calendar entries carry."""

    self: Address
    meeting: Address
    deliveries: Address
    page: Address


class Skipped(Answer):
    """Why there is to be no postmortem, and who said so: an address, or `afterword` for the policy."""

    reason: str
    by: str
    at: Instant


class PostmortemSummary(Answer):
    """What a list of postmortems shows of one."""

    id: Id
    title: str
    status: Status
    severity: Severity
    severity_label: str = Field(description="What the organisation calls this severity.")
    services: tuple[str, ...]
    tags: tuple[str, ...]
    restricted: bool = Field(description="Whether only those whom it names see that it exists.")
    owner: Owner
    deadline: Instant = Field(description="When the postmortem should be published.")
    timeliness: Timeliness | None = Field(
        default=None, description="`due_soon`: a day is left; `done`: it is published; null: it is skipped or merged."
    )
    skipped: Skipped | None = None
    imported: ImportedFrom | None = Field(
        default=None, description="Where one from before was brought in from; it is published, and not edited here."
    )
    revision: int = Field(description="Counts the changes of the text, from 1.")
    created_at: Instant | None
    updated_at: Instant | None
    links: Links


class TimelineLine(Answer):
    """One line of what happened; `who` is the person's name as the source tells it, `role` what they were by then."""

    at: Instant
    text: str
    evidence_url: str | None
    source: str
    kind: IncidentKind
    who: str | None
    role: str | None
    external_id: str | None = Field(description="Which incident of the source it belongs to.")


class MergedInto(Answer):
    """The postmortem that is about this incident now, since when, and who decided that."""

    id: Id
    at: Instant
    by: str
    links: dict[str, str]


class Postmortem(PostmortemSummary):
    """Everything about one postmortem."""

    model_config = example(EXAMPLE)

    readers: tuple[str, ...] = Field(description="Who may read it besides, while it is restricted.")
    people: tuple[Person, ...]
    content_hash: str = Field(description="SHA-256 of what reviewers approve: title, severity, services, sections.")
    sections: Words = Field(description="Section name -> Markdown, in the template's order.")
    template: tuple[Section, ...] = Field(
        description="What the sections are, in their order: headings, what has to be written, and what helps to."
    )
    timeline: tuple[TimelineLine, ...]
    missing: tuple[str, ...] = Field(description="Sections that have still to be written.")
    incident: Incident
    incidents: tuple[GatheredIncident, ...] = Field(description="All incidents that it is about, its own first.")
    durations: IncidentDurations | None = Field(
        description="How long it took, as far as the tools tell; null is not known."
    )
    merged_into: MergedInto | None = Field(
        default=None, description="The postmortem that took its incident; its status is `closed`."
    )
    review: Review
    meeting: Meeting
    publication: Publication | None
    action_items: tuple[ActionItem, ...]
