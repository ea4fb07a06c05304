"""Sessions of browsers, in MongoDB."""

from __future__ import annotations

from services.gateway.domain.sessions import Session
from shared.mongo import Database, Row


class MongoSessions:
    """One document a session, under the digest of its token; forgotten when it has ended."""

    def __init__(self, database: Database) -> None:
        self.collection = database["sessions"]

    async def prepare(self) -> None:
        """Create the index that forgets; safe to repeat."""
        await self.collection.create_index("expires_at", name="forget", expireAfterSeconds=0)

    async def find(self, digest: str) -> Session | None:
        """Return a session; one that has ended may be there still."""
        row: Row | None = await self.collection.find_one({"_id": digest})
        return Session(digest=row.pop("_id"), **row) if row else None

    async def keep(self, session: Session) -> None:
        """Keep a session, or what it is now."""
        row: Row = session.model_dump(exclude={"digest", "scopes", "actor"})
        scopes = None if session.scopes is None else sorted(session.scopes)
        row |= {"proof": session.proof.value, "scopes": scopes, "actor": session.actor.model_dump(mode="json")}
        await self.collection.update_one({"_id": session.digest}, {"$set": row}, upsert=True)

    async def end(self, digest: str) -> None:
        """Forget a session; there need not be one."""
        await self.collection.delete_one({"_id": digest})
