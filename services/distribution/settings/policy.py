"""What the policy file decides: letterhead, lists, and whose time is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, StringConstraints, field_validator, model_validator

from services.distribution.domain import MailingList, Pace, Terms, includes_of, objection, parse_rate
from services.distribution.domain.bouncing import BounceTerms
from services.distribution.domain.digest.plan import Plan
from services.distribution.settings.bounces import BouncesPolicy
from services.distribution.settings.digest import DigestPolicy
from services.distribution.settings.mails import MailPolicy
from services.distribution.settings.notices import NoticesPolicy
from shared.contracts.base import Email, Line, Owner
from shared.contracts.commands import Role
from shared.contracts.mail_preferences import WEEKLY_DIGEST
from shared.contracts.zones import Zone


class Sender(BaseModel):
    """Whom mail comes from."""

    name: Line
    email: Email


class DistributionPolicy(MailPolicy):
    """`[distribution]`: letterhead, hours from meeting to mail, connections to the relay, mails a time, the digest.

    After `mails_kept_days` it is forgotten whom a mail went to.
    """

    sender: Sender
    reply_to: Email
    domain: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$", max_length=200)]
    grace_hours: float = Field(default=24, ge=0, le=24 * 90)
    connections: int = Field(default=5, ge=1, le=50)
    digest: DigestPolicy = DigestPolicy()
    rate: str | None = None
    mails_kept_days: int = Field(default=730, ge=90, le=36_500)
    bounces: BouncesPolicy = BouncesPolicy()
    notices: NoticesPolicy = NoticesPolicy()

    @field_validator("rate")
    @classmethod
    def _is_a_rate(cls, rate: str | None) -> str | None:
        if rate is not None:
            parse_rate(rate)
        return rate


class Organisation(BaseModel):
    """`[organisation]`; times in mails are told in its zone to whoever has none of their own."""

    name: Line = "Your organisation"
    timezone: Zone = "UTC"


class Person(BaseModel):
    """A person of the policy file, as far as mails are concerned."""

    name: str = ""
    email: Email
    timezone: Zone | None = None
    role: Role = Role.ENGINEER


class Policy(BaseModel):
    """What distribution reads of the policy file."""

    organisation: Organisation = Organisation()
    people: tuple[Person, ...] = ()
    distribution: DistributionPolicy
    lists: tuple[MailingList, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Policy:
        names = [mailing_list.name for mailing_list in self.lists]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            msg = f"lists: {twice!r} stands there twice; a list has one entry"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _lists_keep_the_rules(self) -> Policy:
        includes = includes_of(self.lists)
        for n, mailing_list in enumerate(self.lists):
            if refusal := objection(mailing_list.on_the_wire(), includes):
                msg = f"lists.{n}.{refusal.field}: {refusal.detail}"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _digests_have_their_name(self) -> Policy:
        if any(mailing_list.name == WEEKLY_DIGEST for mailing_list in self.lists):
            msg = f"lists: the name {WEEKLY_DIGEST!r} is taken: it is whoever gets the weekly digest"
            raise ValueError(msg)
        return self

    def plan(self) -> Plan:
        """Return when weekly digests are sent, and to which lists."""
        return self.distribution.digest.plan(ZoneInfo(self.organisation.timezone))

    def zones(self) -> dict[str, ZoneInfo]:
        """Return the zones of the people who have one, by address."""
        return {person.email: ZoneInfo(person.timezone) for person in self.people if person.timezone}

    def terms(self) -> Terms:
        """Return what decisions need."""
        return Terms(self.lists, timedelta(hours=self.distribution.grace_hours))

    def bounce_terms(self) -> BounceTerms:
        """Return how many returned mails are too many, and who is told where a list has no owner."""
        bounces = self.distribution.bounces
        return BounceTerms(
            hard=bounces.hard,
            soft=bounces.soft,
            within=timedelta(days=bounces.within_days),
            quiet=timedelta(days=bounces.quiet_days),
            admins=tuple(Owner(name=p.name or p.email, email=p.email) for p in self.people if p.role is Role.ADMIN),
        )

    def kept_for(self) -> timedelta:
        """Return how long it is known whom a mail went to."""
        return timedelta(days=self.distribution.mails_kept_days)

    def pace(self) -> Pace:
        """Return how fast notices may come to one person."""
        notices = self.distribution.notices
        return Pace(notices.at_once, timedelta(minutes=notices.within_minutes))
