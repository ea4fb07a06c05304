"""What distribution's tests share: a ledger and a relay in memory, and whole publications to send."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.distribution.adapters import Envelopes, Remembered
from services.distribution.adapters.letter import Letterhead, LetterPress
from services.distribution.adapters.notice import NoticePress, Zones
from services.distribution.adapters.rendering import Renderer
from services.distribution.domain import (
    Delivery,
    Edition,
    Fact,
    Includes,
    Listing,
    MailingList,
    Notice,
    Outcome,
    Parcel,
    Publication,
    Recipient,
    Result,
    Subscriber,
    Subscription,
    Terms,
)
from shared.contracts.base import Owner, Severity, derived_id
from shared.contracts.commands import PublishPostmortem, Role
from shared.contracts.events import DraftRevised, MeetingEnded, ReviewApproved, ReviewersAssigned
from shared.contracts.links import UnsubscribeLinks
from shared.contracts.lists import list_id
from shared.contracts.notices import OwnerAssigned, ReminderDue
from shared.contracts.review_notices import ReviewNotice
from shared.contracts.values import Approval, AskedReviewer
from shared.testing import InMemoryDocuments
from tests.helpers.builders import NOW, PM, a_draft, an_actor, an_item

GRACE = timedelta(hours=24)
LISTS = (
    MailingList(name="everyone", title="Everyone in engineering", members=("a@example.com", "b@example.com")),
    MailingList(
        name="bad-ones",
        members=("b@example.com", "c@example.com"),
        severities=frozenset({Severity.SEV1, Severity.SEV2}),
    ),
)
TERMS = Terms(LISTS, GRACE)
HEAD = Letterhead(
    name="Afterword", email="postmortems@example.com", reply_to="sre@example.com", domain="mail.example.com"
)
ADA = Owner(name="Ada Moreno", email="ada@example.com")
BEN = Owner(name="Ben Okafor", email="ben@example.com")
ACCEPTED = Result(Outcome.ACCEPTED, "250 ok")


class InMemoryLists(InMemoryDocuments[Listing]):
    """The lists in a dictionary."""

    async def listings(self, names: Collection[str] | None = None) -> Sequence[Listing]:
        return [each for each in self.states.values() if names is None or each.list.name in names]

    async def includes(self) -> Includes:
        return {each.list.name: each.list.includes for each in self.states.values() if not each.deleted}

    async def is_open(self, name: str) -> bool | None:
        found = self.states.get(list_id(name))
        return None if found is None or found.deleted else found.list.open


class InMemorySubscriptions(InMemoryDocuments[Subscription]):
    """Those who unsubscribed, and those who subscribed, in a dictionary."""

    async def unsubscribed(self) -> frozenset[str]:
        return frozenset(key for key, state in self.states.items() if state.unsubscribed)

    async def left(self, ids: Collection[str]) -> frozenset[str]:
        return (await self.unsubscribed()).intersection(ids)

    async def subscribers(self, lists: Collection[str] | None = None) -> tuple[Subscriber, ...]:
        found = [state.subscriber for state in self.states.values() if state.subscriber]
        there = [each for each in found if lists is None or each.list in lists]
        return tuple(sorted(there, key=lambda each: (each.list, each.email)))


def remembered(documents: InMemoryDocuments[Publication]) -> Remembered:
    """Return what knows these documents as they were read last."""

    async def newer(known: Mapping[str, int]) -> Mapping[str, tuple[int, Publication]]:
        at = documents.versions
        return {key: (at[key], documents.states[key]) for key, version in known.items() if at.get(key, 0) > version}

    return Remembered(read=documents.state_of, newer=newer)


def envelopes() -> Envelopes:
    return Envelopes(HEAD.email, return_path=lambda _: HEAD.email)


@dataclass
class FakeMailer:
    """A relay that says what it was told to say, then accepts, unless somebody is refused; it keeps what it gets."""

    answers: list[Result] = field(default_factory=list)
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    refused: dict[str, Result] = field(default_factory=dict)
    parcels: list[Parcel] = field(default_factory=list)
    closed: int = 0

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[tuple[Result, ...]]:
        await asyncio.sleep(0)
        self.parcels.extend(parcels)
        return [tuple(self._take(recipient, parcel) for recipient in parcel.recipients) for parcel in parcels]

    def _take(self, recipient: str, parcel: Parcel) -> Result:
        self.mails.append((recipient, parcel.mail))
        if recipient in self.refused:
            return self.refused[recipient]
        return self.answers.pop(0) if self.answers else ACCEPTED

    async def close(self) -> None:
        self.closed += 1

    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.mails]


def a_listing(mailing_list: MailingList, **fields: Any) -> Listing:
    """Return a list as the policy file began it."""
    return Listing(**{"version": 1, "origin": "policy", "list": mailing_list.on_the_wire()} | fields)


def a_press(links: UnsubscribeLinks | None = None) -> LetterPress:
    titles = {mailing_list.name: mailing_list.title for mailing_list in LISTS}
    return LetterPress(HEAD, Renderer("Example Inc.", "https://afterword.example.com/"), titles, links)


def a_notice_press() -> NoticePress:
    zones = Zones(ZoneInfo("Europe/Berlin"), {ADA.email: ZoneInfo("America/New_York")})
    return NoticePress(HEAD, Renderer("Example Inc.", "https://afterword.example.com/"), zones)


def assigned(owner: Owner = ADA, **fields: Any) -> OwnerAssigned:
    given: dict[str, Any] = {
        "postmortem_id": PM,
        "owner": owner,
        "reason": "commander",
        "assigned_by": "afterword",
        "assigned_at": NOW,
        "title": "Checkout answers slowly",
        "severity": "sev2",
        "deadline": NOW + timedelta(days=5),
    } | fields
    return OwnerAssigned.model_validate(given)


def reminder(kind: str = "draft_due", recipient: Owner = ADA, **fields: Any) -> ReminderDue:
    item = an_item(owner=recipient, tracker_url="https://tracker.example.com/CHK-77") if "item" in kind else None
    given: dict[str, Any] = {
        "postmortem_id": PM,
        "kind": kind,
        "recipient": recipient,
        "step": 1,
        "due": NOW + timedelta(hours=20) if kind.endswith("due") else NOW - timedelta(hours=1),
        "title": "Checkout answers slowly",
        "severity": "sev2",
        "item": item,
        "at": NOW,
    } | fields
    return ReminderDue.model_validate(given)


def review_notice(kind: str = "review_asked", recipient: Owner = ADA, **fields: Any) -> ReviewNotice:
    given: dict[str, Any] = {
        "postmortem_id": PM,
        "kind": kind,
        "recipient": recipient,
        "due": NOW + timedelta(hours=20),
        "title": "Checkout answers slowly",
        "severity": "sev2",
        "revision": 2,
        "at": NOW,
    } | fields
    return ReviewNotice.model_validate(given)


def reviewed_by(*people: Owner, at: datetime = NOW) -> ReviewersAssigned:
    reviewers = tuple(AskedReviewer(name=person.name, email=person.email) for person in people)
    return ReviewersAssigned(postmortem_id=PM, revision=2, reviewers=reviewers, assigned_at=at)


def a_notice(fact: Fact | None = None, id: str = "fact-1", follows: str | None = None) -> Notice:
    return Notice(id=id, fact=fact or assigned(), follows=follows)


def a_notice_row(notice: Notice | None = None, **fields: Any) -> Delivery:
    notice = notice or a_notice()
    given = {
        "id": derived_id("notice", notice.id, notice.recipient.email),
        "revision": 0,
        "list": "",
        "message_id": a_notice_press().message_id(notice),
        "notice": notice,
    } | fields
    return a_row(notice.recipient.email, **given)


def approved(revision: int = 2, **fields: Any) -> ReviewApproved:
    approvals = fields.pop("approvals", (Approval(name="Rosa Reviewer", email="rosa@example.com", at=NOW),))
    event: ReviewApproved = a_draft(ReviewApproved, revision=revision, approvals=approvals, **fields)
    return event


def revised(revision: int = 3, **fields: Any) -> DraftRevised:
    given = {"status": "draft", "revised_at": NOW, "revised_by": "x"} | fields
    event: DraftRevised = a_draft(DraftRevised, revision=revision, **given)
    return event


def meeting_ended(at: datetime = NOW) -> MeetingEnded:
    return MeetingEnded(postmortem_id=PM, uid="u", ended_at=at)


def a_command(email: str = "owner@example.com", role: Role = Role.ENGINEER) -> PublishPostmortem:
    return PublishPostmortem(postmortem_id=PM, actor=an_actor(email, role))


def published(*emails: str, **fields: Any) -> Publication:
    """Return a publication that went out to these people."""
    event = approved(**fields)
    recipients = tuple(Recipient(email=email, list="everyone") for email in emails)
    edition = Edition(revision=event.revision, content_hash=event.content_hash, published_at=NOW, recipients=recipients)
    return Publication(newest_revision=event.revision, approved=event, edition=edition)


def a_row(recipient: str = "a@example.com", **fields: Any) -> Delivery:
    given: dict[str, Any] = {
        "id": derived_id("row", PM, recipient, str(fields.get("revision", 2))),
        "postmortem_id": PM,
        "revision": 2,
        "recipient": recipient,
        "list": "everyone",
        "message_id": f"<{recipient.partition('@')[0]}@mail.example.com>",
        "not_before": NOW,
        "updated_at": NOW,
    } | fields
    return Delivery(**given)
