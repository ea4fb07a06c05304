"""What tests of weekly digests share: choices, digests and briefs in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.distribution.adapters.digest import DigestPress, DigestWriting
from services.distribution.adapters.rendering import Renderer
from services.distribution.domain import Delivery, Publication
from services.distribution.domain.digest.brief import Brief
from services.distribution.domain.digest.digest import Digest
from services.distribution.domain.digest.month import MonthChoice
from services.distribution.domain.digest.plan import Plan
from services.distribution.domain.preferences import MailPreference
from services.distribution.ports import Sharing
from shared.contracts.links import UnsubscribeLinks
from shared.contracts.mail_preferences import Reports
from shared.messaging.documents import Repository
from shared.testing import FixedClock, InMemoryDocuments
from tests.helpers.builders import PM
from tests.unit.distribution.fakes import HEAD, published

BERLIN = ZoneInfo("Europe/Berlin")
LINKS = UnsubscribeLinks.of("a key for nothing but these tests, and long enough")


class InMemoryPreferences(InMemoryDocuments[MailPreference]):
    """Who chose which reports, in a dictionary."""

    async def quiet(self) -> frozenset[str]:
        return frozenset(key for key, state in self.states.items() if state.reports is not Reports.IMMEDIATE)

    async def declined(self) -> frozenset[str]:
        return frozenset(key for key, state in self.states.items() if not state.takes_digest)

    async def digest_readers(self) -> Sequence[str]:
        return [state.email for state in self.states.values() if state.chose_digest and state.email]


class FakeBriefs:
    """A little of every publication in a dictionary."""

    def __init__(self, publications: Mapping[str, Publication]) -> None:
        self.publications = publications

    async def briefs(self) -> Sequence[Brief]:
        return [Brief.of(key, publication) for key, publication in self.publications.items()]

    async def brief(self, postmortem_id: str) -> Brief | None:
        known = self.publications.get(postmortem_id)
        return Brief.of(postmortem_id, known) if known else None

    async def restricted(self, ids: Collection[str]) -> frozenset[str]:
        return frozenset(id for id in ids if id in self.publications and self.publications[id].circle.restricted)


class FakeSharing:
    """What weekly digests need, in memory; `deps` and `writing` are made of it."""

    def __init__(
        self,
        clock: FixedClock,
        publications: Mapping[str, Publication],
        repository: Callable[[InMemoryDocuments[Any]], Repository[Any]],
    ) -> None:
        self.clock = clock
        self.preferences = InMemoryPreferences(clock)
        self.digests: InMemoryDocuments[Digest] = InMemoryDocuments(clock)
        self.months: InMemoryDocuments[MonthChoice] = InMemoryDocuments(clock)
        self.briefs = FakeBriefs(publications)
        self.plan = Plan(day=0, hour=9, zone=BERLIN, lists=("everyone",))
        self.repository = repository

    def deps(self) -> Sharing:
        return Sharing(
            preferences=self.repository(self.preferences),
            choices=self.preferences,
            digests=self.repository(self.digests),
            known_digests=self.digests,
            months=self.repository(self.months),
            known_months=self.months,
            briefs=self.briefs,
            printer=a_digest_press(),
            plan=self.plan,
        )

    def writing(self) -> DigestWriting:
        return DigestWriting(
            read=self.digests.state_of,
            preference=self.preferences.state_of,
            briefs=self.briefs,
            printer=a_digest_press(),
            clock=self.clock,
        )


def a_digest_press(links: UnsubscribeLinks | None = LINKS) -> DigestPress:
    return DigestPress(HEAD, Renderer("Example Inc.", "https://afterword.example.com/"), BERLIN, links)


async def no_digest(row: Delivery) -> bytes:
    """Write no mail: there is no digest here."""
    raise LookupError(row.id)


def out(at: datetime, id: str = PM, **fields: Any) -> tuple[str, Publication]:
    """Return a postmortem that was published then."""
    known = published("a@example.com", postmortem_id=id, **fields)
    assert known.edition
    return id, known.changed(edition=known.edition.model_copy(update={"published_at": at}))
