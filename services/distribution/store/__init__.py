"""Distribution's MongoDB collections."""

from services.distribution.store.audiences import MongoAudiences
from services.distribution.store.documents import MongoLists, MongoPublications, MongoSubscriptions
from services.distribution.store.ledger import MongoLedger

__all__ = ["MongoAudiences", "MongoLedger", "MongoLists", "MongoPublications", "MongoSubscriptions"]
