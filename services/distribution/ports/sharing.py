"""What weekly digests need from the world."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.distribution.domain import Delivery
from services.distribution.domain.digest.brief import Brief
from services.distribution.domain.digest.digest import Digest
from services.distribution.domain.digest.month import MonthChoice
from services.distribution.domain.digest.plan import Plan
from services.distribution.domain.preferences import MailPreference
from shared.messaging.documents import Repository


class Choices(Protocol):
    """Knows who chose which reports."""

    async def quiet(self) -> frozenset[str]:
        """Return the ids of the choices of those who want no report at once."""

    async def declined(self) -> frozenset[str]:
        """Return the ids of the choices of those who want no digest that a list brings them."""

    async def digest_readers(self) -> Sequence[str]:
        """Return the addresses of those who chose the digest."""


class KnownDigests(Protocol):
    """Knows the digests."""

    async def state_of(self, key: str) -> Digest | None:
        """Return what was made up for a week, if anything was."""


class KnownMonths(Protocol):
    """Knows what was chosen for which month."""

    async def state_of(self, key: str) -> MonthChoice | None:
        """Return what was chosen, if anything was."""


class Briefs(Protocol):
    """Knows a little of every postmortem."""

    async def briefs(self) -> Sequence[Brief]:
        """Return what is known of each."""

    async def brief(self, postmortem_id: str) -> Brief | None:
        """Return what is known of one."""

    async def restricted(self, ids: Collection[str]) -> frozenset[str]:
        """Return which of these only some may see."""


class DigestPrinter(Protocol):
    """Makes the mails of digests."""

    def message_id(self, week: str, recipient: str) -> str:
        """Return the Message-ID, the same for the same week and recipient for ever."""

    def mail(self, digest: Digest, delivery: Delivery) -> bytes:
        """Return the bytes for the wire, the same for the same digest and delivery for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What weekly digests need."""

    preferences: Repository[MailPreference]
    choices: Choices
    digests: Repository[Digest]
    known_digests: KnownDigests
    months: Repository[MonthChoice]
    known_months: KnownMonths
    briefs: Briefs
    printer: DigestPrinter
    plan: Plan
