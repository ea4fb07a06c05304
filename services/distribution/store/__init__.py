"""Distribution's MongoDB collections."""

from services.distribution.store.addresses import MongoAddresses, MongoSent
from services.distribution.store.audiences import MongoAudiences
from services.distribution.store.documents import MongoLists, MongoPublications, MongoSubscriptions
from services.distribution.store.ledger import MongoLedger

__all__ = [
    "MongoAddresses",
    "MongoAudiences",
    "MongoLedger",
    "MongoLists",
    "MongoPublications",
    "MongoSent",
    "MongoSubscriptions",
]
