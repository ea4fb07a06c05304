"""Distribution's MongoDB collections."""

from services.distribution.store.addresses import MongoAddresses, MongoSent
from services.distribution.store.audiences import MongoAudiences
from services.distribution.store.briefs import MongoBriefs
from services.distribution.store.documents import MongoLists, MongoPublications, MongoSubscriptions
from services.distribution.store.ledger import MongoLedger
from services.distribution.store.sharing import MongoDigests, MongoPreferences, MongoSharing

__all__ = [
    "MongoAddresses",
    "MongoAudiences",
    "MongoBriefs",
    "MongoDigests",
    "MongoLedger",
    "MongoLists",
    "MongoPreferences",
    "MongoPublications",
    "MongoSent",
    "MongoSharing",
    "MongoSubscriptions",
]
