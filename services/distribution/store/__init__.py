"""Distribution's MongoDB collections."""

from services.distribution.store.addresses import MongoAddresses, MongoSent
from services.distribution.store.ageing import MongoAgeing
from services.distribution.store.audiences import MongoAudiences
from services.distribution.store.briefs import MongoBriefs
from services.distribution.store.documents import (
    MongoGatherings,
    MongoLists,
    MongoPublications,
    MongoStoppages,
    MongoSubscriptions,
)
from services.distribution.store.ledger import MongoLedger
from services.distribution.store.sharing import MongoDigests, MongoPreferences, MongoSharing

__all__ = [
    "MongoAddresses",
    "MongoAgeing",
    "MongoAudiences",
    "MongoBriefs",
    "MongoDigests",
    "MongoGatherings",
    "MongoLedger",
    "MongoLists",
    "MongoPreferences",
    "MongoPublications",
    "MongoSent",
    "MongoSharing",
    "MongoStoppages",
    "MongoSubscriptions",
]
