"""What one person is told, and whom a postmortem was given to: the values of notices. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.distribution.domain.address_notice import AddressNotice
from shared.contracts.base import Owner
from shared.contracts.meeting_notices import MeetingNotice, MeetingNoticeKind
from shared.contracts.meeting_reminders import MeetingReminder
from shared.contracts.notices import OwnerAssigned, ReminderDue
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind

Fact = OwnerAssigned | ReminderDue | ReviewNotice | MeetingNotice | MeetingReminder | AddressNotice
"""Whatever is told to one person; another room's fact joins here, with words of its own in notices.toml."""
OWNER_ASSIGNED = "owner_assigned"


class Notice(BaseModel):
    """A fact that one person is told by mail, whole: what is printed follows from it and from nothing newer.

    `id` is the fact's own. `follows` is the fact whose mail to the same person this one continues.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    fact: Fact
    follows: str | None = None

    @property
    def kind(self) -> str:
        """Return what it is about: the name of its words in notices.toml."""
        if isinstance(self.fact, MeetingNotice):
            return f"meeting_{self.fact.kind.value}"
        return OWNER_ASSIGNED if isinstance(self.fact, OwnerAssigned) else self.fact.kind.value

    @property
    def recipient(self) -> Owner:
        """Return whom it is for."""
        return self.fact.owner if isinstance(self.fact, OwnerAssigned) else self.fact.recipient

    @property
    def due(self) -> datetime | None:
        """Return until when it is, or was, to be done, where there is such a time; of a meeting, when it begins."""
        if isinstance(self.fact, MeetingNotice | MeetingReminder):
            return self.fact.start
        if isinstance(self.fact, AddressNotice):
            return None
        return self.fact.deadline if isinstance(self.fact, OwnerAssigned) else self.fact.due

    @property
    def at(self) -> datetime:
        """Return when it was said."""
        return self.fact.assigned_at if isinstance(self.fact, OwnerAssigned) else self.fact.at

    @property
    def is_first(self) -> bool:
        """Say whether it begins its matter; reminders come after something, though not always after a mail."""
        if isinstance(self.fact, ReviewNotice):
            return self.fact.kind is ReviewNoticeKind.REVIEW_ASKED
        if isinstance(self.fact, MeetingNotice):
            return self.fact.kind is MeetingNoticeKind.INVITATION
        return isinstance(self.fact, OwnerAssigned | AddressNotice)

    @property
    def is_of_report(self) -> bool:
        """Say whether it tells anything of a postmortem; of a restricted one that is told with care."""
        return not isinstance(self.fact, AddressNotice)

    @property
    def matter(self) -> str:
        """Return what reminders of one matter have in common: review, meeting, action item, else the draft."""
        if isinstance(self.fact, ReviewNotice):
            return "review"
        if isinstance(self.fact, MeetingNotice | MeetingReminder):
            return "meeting"
        item = self.fact.item if isinstance(self.fact, ReminderDue) else None
        return item.id if item else "draft"


class Assignment(BaseModel):
    """That somebody was given a postmortem, by which fact and when."""

    model_config = ConfigDict(frozen=True)

    fact: str
    email: str
    at: datetime


class Told(BaseModel):
    """Whom a postmortem was given to, newest last: of each person the newest time."""

    model_config = ConfigDict(frozen=True)

    assignments: tuple[Assignment, ...] = ()

    @property
    def newest(self) -> Assignment | None:
        """Return who has it, as far as is known here."""
        return self.assignments[-1] if self.assignments else None

    def of(self, email: str) -> Assignment | None:
        """Return when somebody was given it last."""
        return next((each for each in self.assignments if each.email == email), None)

    def hearing(self, id: str, fact: OwnerAssigned) -> Told:
        """Return what is known with one more fact, in whatever order facts come."""
        heard = Assignment(fact=id, email=fact.owner.email, at=fact.assigned_at)
        newest: dict[str, Assignment] = {}
        for each in sorted((*self.assignments, heard), key=lambda known: (known.at, known.fact)):
            newest[each.email] = each
        return Told(assignments=tuple(sorted(newest.values(), key=lambda known: (known.at, known.fact))))
