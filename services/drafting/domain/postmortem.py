"""What drafting knows of one postmortem, and the moves that it may make."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from services.drafting.domain.records import Correction, Heard, PublishedText, Reminded, Revision, Standing, Taken
from services.drafting.domain.touched import Touched, touched
from shared.contracts.action_items import ActionItem
from shared.contracts.base import Owner, Person, Severity, content_hash
from shared.contracts.events import ACCESS, AccessChanged, DraftRevised, Snapshot
from shared.contracts.findings import Finding, Justified
from shared.contracts.impact import GatheredIncident, IncidentDurations
from shared.contracts.importing import ImportedFrom, PostmortemImported
from shared.contracts.merging import TakeIncident, ToldEvent
from shared.contracts.sections import Section
from shared.contracts.skipping import POLICY
from shared.contracts.values import Incident, Report, TimelineEntry

T = TypeVar("T", bound=Snapshot)


class State(StrEnum):
    """Where the text stands; `collecting` is before there is one."""

    COLLECTING = "collecting"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    PUBLISHED = "published"
    SKIPPED = "skipped"


class Act(StrEnum):
    """What can happen to the text."""

    OPEN = "open"
    REVISE = "revise"
    SUBMIT = "submit"
    REQUEST_CHANGES = "request_changes"
    APPROVE = "approve"
    PUBLISH = "publish"
    CORRECT = "correct"
    PASS_OVER = "pass_over"  # noqa: S105 - nobody's password
    SKIP = "skip"
    REQUIRE = "require"
    WITHDRAW = "withdraw"
    UNAPPROVE = "unapprove"


MOVES: dict[tuple[State, Act], State] = {
    (State.COLLECTING, Act.OPEN): State.DRAFT,
    (State.DRAFT, Act.REVISE): State.DRAFT,
    (State.DRAFT, Act.SUBMIT): State.IN_REVIEW,
    (State.IN_REVIEW, Act.REVISE): State.IN_REVIEW,
    (State.IN_REVIEW, Act.REQUEST_CHANGES): State.CHANGES_REQUESTED,
    (State.IN_REVIEW, Act.APPROVE): State.APPROVED,
    (State.CHANGES_REQUESTED, Act.REVISE): State.CHANGES_REQUESTED,
    (State.CHANGES_REQUESTED, Act.SUBMIT): State.IN_REVIEW,
    (State.APPROVED, Act.REVISE): State.IN_REVIEW,
    (State.APPROVED, Act.UNAPPROVE): State.IN_REVIEW,
    (State.APPROVED, Act.REQUEST_CHANGES): State.CHANGES_REQUESTED,
    (State.APPROVED, Act.PUBLISH): State.PUBLISHED,
    (State.IN_REVIEW, Act.PUBLISH): State.PUBLISHED,
    (State.CHANGES_REQUESTED, Act.PUBLISH): State.PUBLISHED,
    (State.PUBLISHED, Act.CORRECT): State.DRAFT,
    (State.DRAFT, Act.WITHDRAW): State.PUBLISHED,
    (State.IN_REVIEW, Act.WITHDRAW): State.PUBLISHED,
    (State.CHANGES_REQUESTED, Act.WITHDRAW): State.PUBLISHED,
    (State.COLLECTING, Act.PASS_OVER): State.SKIPPED,
    (State.DRAFT, Act.SKIP): State.SKIPPED,
    (State.IN_REVIEW, Act.SKIP): State.SKIPPED,
    (State.CHANGES_REQUESTED, Act.SKIP): State.SKIPPED,
    (State.APPROVED, Act.SKIP): State.SKIPPED,
    (State.SKIPPED, Act.REQUIRE): State.DRAFT,
    (State.SKIPPED, Act.PUBLISH): State.PUBLISHED,
    (State.DRAFT, Act.PUBLISH): State.PUBLISHED,
}
"""A pair that is not here is no move: an event leaves the state alone, a command is refused.

Publication of an approved revision may overtake an edit that came after the approval; what was
published is the approved revision all the same; so it may overtake a skip, and a return from it. A correction begins
the same way anew; it is withdrawn until it is approved, since it goes out then. The policy passes over what is not
wanted, people skip what is a draft already. Changes may be asked for after an approval was withdrawn,
whichever is heard first.
"""


ACCESS_PARTS = ("tags", "restricted", "readers")
"""What of `ACCESS` a change can name."""

_CARRIED = (
    "revision",
    "title",
    "severity",
    "services",
    "owner",
    "people",
    "deadline",
    "incident",
    "report",
    "timeline",
    "missing",
    "authors",
    "findings",
    *ACCESS,
    "correction_of",
    "correction_note",
    "sections",
    "severity_label",
    "toggles",
    "incidents",
    "durations",
    "gathered",
)


class Postmortem(BaseModel):
    """All that drafting knows of one postmortem. Before the draft is open, `revision` is 0.

    `published` is the newest published revision, 0 if there is none; `printed` is its text while another one stands
    here, but for an open correction, which has it itself.
    `heard` are the incident's events in the order in which they happened; what is known of the
    incident is always computed from all of them, so that the order of their arrival does not matter.
    `access` counts the changes of `tags`, `restricted` and `readers`, which are no part of the text; `reviewers` are
    the addresses of those who were asked last; what was approved before the `approval_round` is withdrawn. `touched`:
    the last change of each part. `sections` are those of the
    template that the draft was made from, which stay whatever becomes of the template; `severity_label` is what the
    severity is called, empty for its own name.
    `opens_at` is when it is decided whether there is a draft, `toggles` counts how often it was skipped and asked for
    again, `standing` is the last of these; `reminded` has the matters of which somebody was reminded: `draft`, and the
    ids of action items.
    `merged_into` is the postmortem that is about this incident now; `merges` counts how often that changed, `apart_at`
    is when a person last took it out again; `imported` is where one from before comes from. `taken` are the incidents
    of others that this one is about, or was; `gathered` counts how often that changed.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    state: State = State.COLLECTING
    heard: tuple[Heard, ...] = ()
    incident: Incident
    title: str
    severity: Severity | None = None
    services: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    summary: str = ""
    timeline: tuple[TimelineEntry, ...] = ()
    owner: Owner | None = None
    deadline: datetime | None = None
    revision: int = 0
    report: Report = {}
    authors: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    justifications: tuple[Justified, ...] = ()
    revisions: tuple[Revision, ...] = ()
    tags: tuple[str, ...] = ()
    restricted: bool = False
    readers: tuple[str, ...] = ()
    access: int = 0
    reviewers: tuple[str, ...] = ()
    reviewers_at: datetime | None = None
    approval_round: int = 0
    published: int = 0
    printed: PublishedText | None = None
    corrections: tuple[Correction, ...] = ()
    action_items: tuple[ActionItem, ...] = ()
    touched: Touched = {}
    incidents: tuple[GatheredIncident, ...] = ()
    durations: IncidentDurations | None = None
    merged_into: str | None = None
    merges: int = 0
    apart_at: datetime | None = None
    taken: tuple[Taken, ...] = ()
    gathered: int = 0
    sections: tuple[Section, ...] = ()
    severity_label: str = ""
    false_alarm: bool | None = None
    opens_at: datetime | None = None
    toggles: int = 0
    standing: Standing | None = None
    reminded: dict[str, Reminded] = {}
    imported: ImportedFrom | None = None

    @property
    def is_unopened(self) -> bool:
        """Say whether nobody has ever been given a draft: it is collecting, or the policy has passed it over."""
        by_policy = self.standing is not None and self.standing.by == POLICY
        return self.state is State.COLLECTING or (self.state is State.SKIPPED and by_policy)

    @property
    def correction_of(self) -> int | None:
        """Return what the current revision corrects, or itself once that was given up; None before any correction."""
        if not self.corrections:
            return None
        return self.corrections[-1].ended or self.corrections[-1].of

    @property
    def correction_note(self) -> str:
        """Return what was wrong with it."""
        return self.corrections[-1].note if self.corrections and not self.corrections[-1].ended else ""

    def concerns(self, revision: int) -> bool:
        """Say whether news of a revision is of now, and not of what was published before the last correction."""
        return not self.corrections or revision >= self.corrections[-1].since

    def content_hash(self) -> str:
        """Return the hash of what reviewers approve."""
        return content_hash(self.title, self.severity or "", self.services, self.report)

    def stories(self) -> list[tuple[Heard, ...]]:
        """Return the events of each incident that it is about, its own first."""
        return [self.heard, *(taken.heard for taken in self.taken if taken.heard)]

    def handed(self, heard: Iterable[Heard]) -> tuple[TakeIncident, ...]:
        """Return what tells the one that took this incident of these events; nothing when nobody did."""
        if self.merged_into is None:
            return ()
        return (
            TakeIncident(
                postmortem_id=self.merged_into,
                merged_id=self.id,
                number=self.merges,
                events=tuple(ToldEvent(id=known.id, event=known.event) for known in heard),
                private=self.restricted,
            ),
        )

    def changed(self, **fields: Any) -> Postmortem:
        """Return a copy with other values."""
        return self.model_copy(update=fields)

    def say(self, event: type[T], **more: Any) -> T:
        """Return an event that carries the whole current revision."""
        carried: dict[str, Any] = {name: getattr(self, name) for name in _CARRIED}
        return event(postmortem_id=self.id, content_hash=self.content_hash(), **carried, **more)

    def say_revised(self) -> DraftRevised:
        """Return the event that tells of the newest revision: when, by whom and why stands in its record."""
        made = self.revisions[-1]
        return self.say(DraftRevised, status=self.state.value, revised_at=made.at, revised_by=made.by, note=made.note)

    def text_parts(self) -> dict[str, Any]:
        """Return what of the text can be changed by itself, each part under its name."""
        owner = [self.owner.name, self.owner.email] if self.owner else []
        head = {"title": self.title, "severity": self.severity, "services": self.services, "owner": owner}
        return head | {f"sections.{name}": text for name, text in self.report.items()}

    def opened_to(
        self,
        *,
        tags: tuple[str, ...],
        restricted: bool,
        readers: tuple[str, ...],
        at: datetime | None = None,
        by: str = "afterword",
    ) -> Postmortem:
        """Return the same text with these tags and for these readers; `access` counts when they are others."""
        parts = {"tags": tags, "restricted": restricted, "readers": readers}
        before = {name: getattr(self, name) for name in parts}
        if parts == before:
            return self
        known, number = touched(self.touched, before, self.access, None, ""), self.access + 1
        return self.changed(**parts, access=number, touched=touched(known, parts, number, at, by))

    def is_hidden_from(self, email: str) -> bool:
        """Say whether somebody may not know that there is one: it is restricted and does not name them."""
        people = {person.email for person in self.people}
        owner = {self.owner.email} if self.owner else set[str]()
        return self.restricted and email not in owner | people | {*self.readers, *self.reviewers}

    def say_access(self, at: datetime, by: str) -> AccessChanged | PostmortemImported:
        """Return the event that tells who may see it now; it carries the whole revision, as it stands."""
        if self.imported:
            return self.say(PostmortemImported, imported=self.imported)
        return self.say(AccessChanged, changed_at=at, changed_by=by)

    def next_revision(self, at: datetime, by: str, note: str = "") -> Postmortem:
        """Return the same text under the next revision number, remembered with author and time."""
        number = self.revision + 1
        record = Revision(number=number, at=at, by=by, note=note, content_hash=self.content_hash())
        return self.changed(
            revision=number,
            revisions=(*self.revisions, record),
            touched=touched(self.touched, self.text_parts(), number, at, by),
        )
