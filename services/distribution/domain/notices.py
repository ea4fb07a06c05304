"""Which notices are written, and which are no longer true when they are to be mailed. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.distribution.domain.address_notice import AddressNotice
from services.distribution.domain.meetings import why_not_meeting
from services.distribution.domain.publication import Publication, Terms, waiting
from services.distribution.domain.review_notices import ENTRUSTED, continued, why_not_reviewing
from services.distribution.domain.told import Fact, Notice
from shared.contracts.decision import Decision
from shared.contracts.events import ReviewersAssigned
from shared.contracts.meeting_notices import MeetingNotice, MeetingNoticeKind
from shared.contracts.meeting_reminders import MeetingReminder
from shared.contracts.notices import OwnerAssigned, ReminderDue, ReminderKind
from shared.contracts.review_notices import ReviewNotice

REMINDER_LASTS = timedelta(days=1)
"""A reminder that could not be mailed for so long is given up: there is a next one, or nothing to do any more."""
OF_THE_DRAFT = frozenset({ReminderKind.DRAFT_DUE, ReminderKind.DRAFT_LATE})
BEFORE = frozenset({ReminderKind.DRAFT_DUE, ReminderKind.ITEM_DUE})


def hear_notice(
    publication: Publication | None, id: str, fact: Fact, terms: Terms, now: datetime
) -> Decision[Publication]:
    """Keep in mind who was given the postmortem; whatever is waited for goes on being waited for."""
    known = publication or Publication()
    if isinstance(fact, OwnerAssigned):
        known = known.changed(told=known.told.hearing(id, fact))
    if isinstance(fact, ReviewNotice):
        known = known.changed(asked=known.asked.telling(id, fact))
    if isinstance(fact, MeetingNotice):
        known = known.changed(invitations=known.invitations.hearing(id, fact))
    return waiting(known, terms, now)


def hear_reviewers(
    publication: Publication | None, event: ReviewersAssigned, terms: Terms, now: datetime
) -> Decision[Publication]:
    """Keep in mind who reviews it; whatever is waited for goes on being waited for."""
    known = publication or Publication()
    return waiting(known.changed(asked=known.asked.hearing(event)), terms, now)


def notice_of(publication: Publication | None, id: str, fact: Fact) -> Notice:
    """Return what is to be mailed. What is about the draft continues the mail that gave it to the same person.

    What is about the review continues the mail that asked for it, and what is about the meeting the invitation.
    """
    first = _first(publication, fact) if publication else None
    return Notice(id=id, fact=fact, follows=first if first != id else None)


def _first(publication: Publication, fact: Fact) -> str | None:
    if isinstance(fact, ReviewNotice):
        return continued(publication, fact)
    if isinstance(fact, MeetingNotice):
        return publication.invitations.thread(fact.recipient.email)
    if isinstance(fact, MeetingReminder):
        return None
    if isinstance(fact, ReminderDue) and fact.kind not in OF_THE_DRAFT:
        return None
    given = publication.told.of(fact.owner.email if isinstance(fact, OwnerAssigned) else fact.recipient.email)
    return given.fact if given else None


def why_not(notice: Notice, publication: Publication, now: datetime) -> str | None:
    """Say why a notice is not to be mailed any more, or None when it is as true as it was."""
    if isinstance(notice.fact, AddressNotice):
        return None
    if isinstance(notice.fact, ReviewNotice):
        shut_out = None if notice.fact.kind in ENTRUSTED else _shut_out(notice, publication)
        return shut_out or _off(notice, publication) or why_not_reviewing(notice.fact, publication, now)
    if isinstance(notice.fact, MeetingNotice):
        return _uninvited(notice, notice.fact, publication) or publication.invitations.why_not(notice.fact, now)
    if isinstance(notice.fact, MeetingReminder):
        is_asked = notice.recipient.email in publication.asked.reviewers
        shut_out = None if is_asked else _shut_out(notice, publication)
        return shut_out or _off(notice, publication) or why_not_meeting(notice.fact, publication, now)
    return _shut_out(notice, publication) or _not_theirs(notice, publication) or _too_late(notice, publication, now)


def _uninvited(notice: Notice, fact: MeetingNotice, publication: Publication) -> str | None:
    """Reviewers of what is restricted are named by that; that it is off is told without a title, to all."""
    told = fact.kind is MeetingNoticeKind.CANCELLED or fact.recipient.email in publication.asked.reviewers
    return None if told else _shut_out(notice, publication)


def _shut_out(notice: Notice, publication: Publication) -> str | None:
    """A restricted postmortem is told to whom it names; its owner is named, even before the news of that is here."""
    newest, email = publication.told.newest, notice.recipient.email
    if publication.circle.sees(email) or (newest and newest.email == email):
        return None
    return "it is restricted, and this person is not named"


def _not_theirs(notice: Notice, publication: Publication) -> str | None:
    """Only the newest owner is told so, and nobody is reminded of a draft that was given to another since."""
    newest = publication.told.newest
    if newest is None or newest.fact == notice.id:
        return None
    if not isinstance(notice.fact, OwnerAssigned | ReminderDue):
        return None
    if isinstance(notice.fact, OwnerAssigned):
        is_elsewhere = (newest.at, newest.fact) > (notice.at, notice.id)
    else:
        is_others = newest.email != notice.recipient.email and newest.at > notice.at
        is_elsewhere = is_others and notice.fact.kind in OF_THE_DRAFT
    return f"{newest.email} was given it since" if is_elsewhere else None


def _off(notice: Notice, publication: Publication) -> str | None:
    """Nobody is reminded of what is skipped; what was said before a merge is void, also when it is apart again."""
    if publication.toggles % 2:
        return "the postmortem is skipped"
    is_older = publication.merged_at is not None and notice.at <= publication.merged_at
    return "another postmortem is about its incident" if is_older else None


def _too_late(notice: Notice, publication: Publication, now: datetime) -> str | None:
    """A reminder outlasts neither its day, its due time if it came before that, nor the draft that it is about."""
    if not isinstance(notice.fact, ReminderDue):
        return None
    if off := _off(notice, publication):
        return off
    if now - notice.at > REMINDER_LASTS:
        return "given up after a day"
    if notice.fact.kind in BEFORE and notice.at < notice.fact.due <= now:
        return "its due time has passed"
    edition = publication.edition
    is_out = edition is not None and edition.published_at >= notice.at
    return "it is published" if is_out and notice.fact.kind in OF_THE_DRAFT else None
