"""Every collection of the room, so that none is forgotten when they are prepared."""

from __future__ import annotations

from services.distribution.store import (
    MongoAddresses,
    MongoAgeing,
    MongoAudiences,
    MongoGatherings,
    MongoLedger,
    MongoLists,
    MongoPublications,
    MongoSent,
    MongoSharing,
    MongoStoppages,
    MongoSubscriptions,
)
from shared.mongo import Database


class Stores:
    """The stores over one database."""

    def __init__(self, database: Database) -> None:
        self.publications = MongoPublications(database)
        self.ledger = MongoLedger(database)
        self.audiences = MongoAudiences(database)
        self.lists = MongoLists(database)
        self.subscriptions = MongoSubscriptions(database)
        self.gatherings = MongoGatherings(database)
        self.stoppages = MongoStoppages(database)
        self.addresses = MongoAddresses(database)
        self.sent = MongoSent(database)
        self.sharing = MongoSharing(database)
        self.ageing = MongoAgeing(database)

    async def prepare(self) -> None:
        """Create the indexes of them all; safe to repeat."""
        for store in vars(self).values():
            await store.prepare()
