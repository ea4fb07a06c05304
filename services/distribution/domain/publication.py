"""When the approved revision is published: when the owner says so, or a while after the meeting. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from services.distribution.domain.asked import Asked
from services.distribution.domain.audience import MailingList, Recipient, lists_used
from services.distribution.domain.changes import changes
from services.distribution.domain.circle import Circle
from services.distribution.domain.edition import Edition, Issue
from services.distribution.domain.heard_meeting import HeardMeeting
from services.distribution.domain.invitations import Invitations
from services.distribution.domain.preferences import heard_at_once
from services.distribution.domain.subscription import Subscriber
from services.distribution.domain.together import whom
from services.distribution.domain.told import Told
from shared.contracts.action_items import ActionItem
from shared.contracts.base import content_hash
from shared.contracts.commands import DeliverReport
from shared.contracts.decision import Decision
from shared.contracts.events import MeetingEnded, Published, ReviewApproved, Snapshot
from shared.contracts.merging import PostmortemMerged

FIRST_CHECK = timedelta(seconds=5)
TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """The lists, hours until a report goes out by itself, subscriptions that are no more, who got what is published.

    `quiet` has the ids of those who chose to get no report at once.
    """

    lists: tuple[MailingList, ...]
    grace: timedelta
    unsubscribed: frozenset[str] = frozenset()
    before: tuple[Recipient, ...] = ()
    subscribers: tuple[Subscriber, ...] = ()
    quiet: frozenset[str] = frozenset()


class Publication(BaseModel):
    """All that distribution knows of one postmortem; the approval stays as it was once it is published.

    `edition` is the newest one and `approved` its report; `earlier` are those that it corrects, oldest first.
    `told` are those whom it was given to, `asked` those who review it, `invitations` what people were told of its
    meeting, and `meeting` the newest word on when it is met; what was approved before the `approval_round` is
    withdrawn. `toggles` counts how often it was skipped and asked for again: what was approved before that is no more.
    `merged_at` is when its incident last became another postmortem's. `items` are its action items by id; it was closed
    when all of them were filed, at `closed_at`.
    """

    model_config = ConfigDict(frozen=True)

    newest_revision: int = 0
    toggles: int = 0
    approval_round: int = 0
    merged_at: datetime | None = None
    circle: Circle = Circle()
    approved: ReviewApproved | None = None
    meeting_ended_at: datetime | None = None
    edition: Edition | None = None
    completed: bool = False
    earlier: tuple[Issue, ...] = ()
    told: Told = Told()
    asked: Asked = Asked()
    invitations: Invitations = Invitations()
    meeting: HeardMeeting | None = None
    items: dict[str, ActionItem] = {}
    closed_at: datetime | None = None

    def of(self, revision: int) -> Publication | None:
        """Return the publication as it was when this revision was its newest edition; None if it never was."""
        if self.edition and self.edition.revision == revision:
            return self
        for n, issue in enumerate(self.earlier):
            if issue.edition.revision == revision:
                return self.changed(earlier=self.earlier[:n], **dict(issue))
        return None

    def unfinished(self) -> tuple[int, ...]:
        """Return the published revisions of which mails may still wait."""
        newest = (self.edition.revision,) if self.edition and not self.completed else ()
        return (*(issue.edition.revision for issue in self.earlier if not issue.completed), *newest)

    def settled(self, revision: int) -> Publication:
        """Return the publication when no mail of this revision waits any more."""
        if self.edition and self.edition.revision == revision:
            return self.changed(completed=True)
        issues = (issue.settled() if issue.edition.revision == revision else issue for issue in self.earlier)
        return self.changed(earlier=tuple(issues))

    def publishable(self) -> ReviewApproved | None:
        """Return the approved revision, if no newer one is known and its text has the hash that was approved."""
        approved = self.approved
        if (
            approved is None
            or approved.toggles < self.toggles
            or approved.approval_round < self.approval_round
            or approved.revision < self.newest_revision
            or not _is_true(approved)
        ):
            return None
        return approved

    def changed(self, **fields: object) -> Publication:
        """Return a copy with other values."""
        return self.model_copy(update=fields)


def hear_edit(publication: Publication | None, event: Snapshot, terms: Terms, now: datetime) -> Decision[Publication]:
    """A newer revision voids an approval that is not published yet, and so does a skip; who may see it is kept."""
    known = publication or Publication()
    newest, toggles = max(known.newest_revision, event.revision), max(known.toggles, event.toggles)
    heard = known.changed(newest_revision=newest, toggles=toggles, circle=known.circle.hearing(event))
    return waiting(heard, terms, now)


def hear_merged(
    publication: Publication | None, event: PostmortemMerged, terms: Terms, now: datetime
) -> Decision[Publication]:
    """Its incident is another postmortem's: what was approved until then is void. What is published stays so."""
    known = publication or Publication()
    newest = max(known.newest_revision, event.revision + 1)
    merged_at = max(known.merged_at or event.merged_at, event.merged_at)
    return waiting(known.changed(newest_revision=newest, merged_at=merged_at), terms, now)


def hear_approval(
    publication: Publication | None, event: ReviewApproved, terms: Terms, now: datetime
) -> Decision[Publication]:
    """Keep the approved revision; an older one does not replace a newer one. A correction is published at once."""
    known = publication or Publication()
    known = known.changed(circle=known.circle.hearing(event))
    if known.edition and _corrects(known, known.edition, event):
        other = changes(known.approved, event)
        return release(_reissued(known, known.edition, event), event, terms, now, other)
    if known.edition or (known.approved and order(known.approved) >= order(event)):
        return waiting(known, terms, now)
    newest = max(known.newest_revision, event.revision)
    return waiting(known.changed(approved=event, newest_revision=newest), terms, now)


def hear_meeting_ended(
    publication: Publication | None, event: MeetingEnded, terms: Terms, now: datetime
) -> Decision[Publication]:
    """The meeting is over: the report goes out after the grace period, if it is approved by then."""
    known = publication or Publication()
    return waiting(known.changed(meeting_ended_at=known.meeting_ended_at or event.ended_at), terms, now)


def publish_when_due(publication: Publication, terms: Terms, now: datetime) -> Decision[Publication]:
    """Publish if the grace period after the meeting is over and nothing has changed meanwhile."""
    approved = publication.publishable()
    due = _due(publication, terms)
    if publication.edition or approved is None or due is None or due > now:
        return waiting(publication, terms, now)
    return release(publication, approved, terms, now)


def _corrects(publication: Publication, edition: Edition, approved: ReviewApproved) -> bool:
    """Say whether an approved revision corrects what is published, as the newest revision that is known."""
    corrected = approved.correction_of
    if corrected is None or not edition.revision <= corrected < approved.revision:
        return False
    is_void = approved.approval_round < publication.approval_round
    return approved.revision >= publication.newest_revision and _is_true(approved) and not is_void


def order(approved: ReviewApproved) -> tuple[int, int]:
    """What is approved anew after a withdrawal replaces what was approved before."""
    return approved.revision, approved.approval_round


def _reissued(publication: Publication, edition: Edition, approved: ReviewApproved) -> Publication:
    """Put the published edition behind the one that corrects it."""
    issue = Issue(edition=edition, approved=publication.approved, completed=publication.completed)
    return publication.changed(
        newest_revision=approved.revision,
        approved=approved,
        completed=False,
        earlier=(*publication.earlier, issue.settled() if issue.completed else issue),
    )


def release(
    publication: Publication, approved: ReviewApproved, terms: Terms, now: datetime, other: tuple[str, ...] = ()
) -> Decision[Publication]:
    """Freeze the revision and start its delivery; whoever got what it corrects gets it too, if they may see it now."""
    circle, corrected = publication.circle.hearing(approved), publication.edition
    before = corrected.recipients or terms.before if corrected else ()
    recipients, together = whom(terms.lists, approved, circle, before, terms.unsubscribed, terms.subscribers)
    recipients = heard_at_once(recipients, terms.quiet, restricted=circle.restricted)
    edition = Edition(
        revision=approved.revision,
        content_hash=approved.content_hash,
        published_at=now,
        recipients=recipients,
        together=together,
        restricted=circle.restricted,
        correction_of=corrected.revision if corrected else None,
        changes=other,
        titles={each.name: each.title for each in terms.lists if each.title},
    )
    published = Published(
        postmortem_id=approved.postmortem_id,
        revision=approved.revision,
        content_hash=approved.content_hash,
        published_at=now,
        title=approved.title,
        severity=approved.severity,
        services=approved.services,
        report=approved.report,
        lists=lists_used(recipients),
        recipients=len(recipients),
        correction_of=edition.correction_of,
        changes=other,
        sections=approved.sections,
        severity_label=approved.severity_label,
    )
    events = (published, deliver(approved.postmortem_id, edition))
    return Decision(state=publication.changed(edition=edition), events=events, due=now + FIRST_CHECK)


def deliver(postmortem_id: str, edition: Edition) -> DeliverReport:
    """Return the command to ourselves that starts the delivery of an edition."""
    return DeliverReport(postmortem_id=postmortem_id, revision=edition.revision)


def _due(publication: Publication, terms: Terms) -> datetime | None:
    """When the report goes out by itself."""
    ended = publication.meeting_ended_at
    return ended + terms.grace if ended and publication.publishable() and not publication.edition else None


def waiting(publication: Publication, terms: Terms, now: datetime) -> Decision[Publication]:
    """Keep looking: for the end of the grace period, or for the last mail.

    The time is always a new one, also when cut to the milliseconds that a store keeps: a timer's id follows
    from its time, and the same time again would be handled already.
    """
    if publication.unfinished():
        return Decision(state=publication, due=now + FIRST_CHECK)
    due = _due(publication, terms)
    return Decision(state=publication, due=max(due, now + TICK) if due else None)


def _is_true(approved: ReviewApproved) -> bool:
    return approved.content_hash == content_hash(approved.title, approved.severity, approved.services, approved.report)
