"""A document each: `preferences`, one a person, `digests`, one a week, `months`, one a month."""

from __future__ import annotations

from collections.abc import Sequence

from services.distribution.domain.digest.digest import Digest
from services.distribution.domain.digest.month import MonthChoice
from services.distribution.domain.preferences import MailPreference
from services.distribution.store.briefs import MongoBriefs
from shared.contracts.mail_preferences import Reports
from shared.mongo import Database, MongoDocuments, Row


class MongoPreferences(MongoDocuments[MailPreference]):
    """Who chose which reports."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["preferences"], MailPreference)

    def find(self, state: MailPreference) -> Row:
        """Return what those are found by who want something else than each report at once."""
        return {"reports": state.reports.value, "declined": not state.takes_digest}

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat."""
        await super().prepare()
        for name in ("reports", "declined"):
            await self.collection.create_index([(f"find.{name}", 1)], name=name)

    async def quiet(self) -> frozenset[str]:
        """Return the ids of the choices of those who want no report at once."""
        return await self._ids({"find.reports": {"$ne": Reports.IMMEDIATE.value}})

    async def declined(self) -> frozenset[str]:
        """Return the ids of the choices of those who want no digest that a list brings them."""
        return await self._ids({"find.declined": True})

    async def digest_readers(self) -> Sequence[str]:
        """Return the addresses of those who chose the digest."""
        cursor = self.collection.find({"find.reports": Reports.DIGEST.value}, {"state.email": 1})
        return [row["state"]["email"] async for row in cursor]

    async def _ids(self, wanted: Row) -> frozenset[str]:
        return frozenset([row["_id"] async for row in self.collection.find(wanted, {"_id": 1})])


class MongoDigests(MongoDocuments[Digest]):
    """The digests."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["digests"], Digest)


class MongoMonths(MongoDocuments[MonthChoice]):
    """What was chosen for which month."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["months"], MonthChoice)


class MongoSharing:
    """All that digests are made up of and kept in."""

    def __init__(self, database: Database) -> None:
        self.preferences = MongoPreferences(database)
        self.digests = MongoDigests(database)
        self.months = MongoMonths(database)
        self.briefs = MongoBriefs(database)

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat."""
        await self.preferences.prepare()
        await self.digests.prepare()
        await self.months.prepare()
