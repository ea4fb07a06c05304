"""Of what calendar tells one person of a meeting: what it continues, and when it is no longer true. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.contracts.meeting_notices import MeetingNotice, MeetingNoticeKind


class Invited(BaseModel):
    """What somebody was told last of the meeting, and by which fact they were invited first, if that was heard."""

    model_config = ConfigDict(frozen=True)

    email: str
    sequence: int
    at: datetime
    first: str | None = None
    first_at: datetime | None = None


class Invitations(BaseModel):
    """Who was told of the meeting."""

    model_config = ConfigDict(frozen=True)

    people: tuple[Invited, ...] = ()

    def hearing(self, id: str, fact: MeetingNotice) -> Invitations:
        """Return what is known with one more notice, in whatever order they come."""
        email = fact.recipient.email
        known = self.of(email) or Invited(email=email, sequence=fact.sequence, at=fact.at)
        if (fact.sequence, fact.at) > (known.sequence, known.at):
            known = known.model_copy(update={"sequence": fact.sequence, "at": fact.at})
        is_invitation = fact.kind is MeetingNoticeKind.INVITATION
        if is_invitation and (known.first_at is None or fact.at < known.first_at):
            known = known.model_copy(update={"first": id, "first_at": fact.at})
        return Invitations(people=(*(each for each in self.people if each.email != email), known))

    def of(self, email: str) -> Invited | None:
        """Return what somebody was told."""
        return next((each for each in self.people if each.email == email), None)

    def thread(self, email: str) -> str | None:
        """Return the fact whose mail a notice to somebody continues."""
        known = self.of(email)
        return known.first if known else None

    def why_not(self, fact: MeetingNotice, now: datetime) -> str | None:
        """Say why a notice is not to be mailed any more, or None when it is as true as it was.

        Of what came late a calendar program would make what was before.
        """
        known = self.of(fact.recipient.email)
        if known and (known.sequence, known.at) > (fact.sequence, fact.at):
            return "something newer was said of the meeting since"
        return "the meeting is over" if fact.end <= now else None
