"""Postmortems in MongoDB: `postmortems`, one document each, and `revisions`, every text there ever was."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from services.drafting.domain import Postmortem
from shared.messaging.documents import Change
from shared.messaging.envelope import Unsaid
from shared.mongo import Database, MongoDocuments, Row


class MongoPostmortems(MongoDocuments[Postmortem]):
    """The postmortems; a new revision's text is kept before the document says that it exists."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["postmortems"], Postmortem)
        self.revisions = database["revisions"]

    async def write(self, change: Change[Postmortem]) -> Sequence[Unsaid]:
        """Keep the revision's text, then apply the change. A text whose change lost a race is never referred to."""
        if change.state.revision:
            await self._keep(change.state)
        return await super().write(change)

    async def _keep(self, postmortem: Postmortem) -> None:
        key = f"{postmortem.id}:{postmortem.revision}:{postmortem.content_hash()}"
        row: Row = {
            "_id": key,
            "postmortem_id": postmortem.id,
            "revision": postmortem.revision,
            "title": postmortem.title,
            "report": postmortem.report,
        }
        try:
            await self.revisions.insert_one(row)
        except DuplicateKeyError:
            return  # kept already: the text of a revision never changes
