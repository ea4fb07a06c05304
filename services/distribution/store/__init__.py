"""Distribution's MongoDB collections."""

from services.distribution.store.audiences import MongoAudiences
from services.distribution.store.documents import (
    MongoGatherings,
    MongoLists,
    MongoPublications,
    MongoStoppages,
    MongoSubscriptions,
)
from services.distribution.store.ledger import MongoLedger

__all__ = [
    "MongoAudiences",
    "MongoGatherings",
    "MongoLedger",
    "MongoLists",
    "MongoPublications",
    "MongoStoppages",
    "MongoSubscriptions",
]
