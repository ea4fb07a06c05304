"""Postmortems in MongoDB: `postmortems`, one document each, and `revisions`, every text there ever was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pymongo.errors import DuplicateKeyError

from services.drafting.domain import Postmortem, State
from shared.keeping import Keeping
from shared.messaging.documents import Change
from shared.messaging.envelope import Unsaid
from shared.mongo import Database, MongoDocuments, Row

BEFORE: Row = {"state.reminded": None}
"""What was written before anybody was reminded. An index holds it and nothing else, so that no start reads the rest."""
UNTIMED: Row = {
    **BEFORE,
    "due_at": {"$exists": False},
    "$or": [
        {"state.state": {"$in": [State.DRAFT.value, State.CHANGES_REQUESTED.value]}},
        {"state.action_items.0": {"$exists": True}},
    ],
}
"""Of that, where somebody may have something to do: nobody looks at it again."""

KEPT = 10_000
"""How many texts a process remembers to be kept, at 200 bytes each."""


class MongoPostmortems(MongoDocuments[Postmortem]):
    """The postmortems; a new revision's text is kept before the document says that it exists."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["postmortems"], Postmortem)
        self.revisions = database["revisions"]
        self._texts: Keeping[str, bool] = Keeping(KEPT)

    async def prepare(self) -> None:
        """Create the indexes, and have a look taken at what has no timer yet; safe to repeat."""
        await super().prepare()
        await self.collection.create_index("state.reminded", name="untimed", partialFilterExpression=BEFORE)
        timed = {"$set": {"due_at": datetime.fromtimestamp(0, UTC)}}
        await self.collection.update_many(UNTIMED, timed, hint="untimed")

    async def write(self, change: Change[Postmortem]) -> Sequence[Unsaid]:
        """Keep the revision's text, then apply the change. A text whose change lost a race is never referred to.

        Most changes leave the text as it is; what this process knows to be kept is not kept again.
        """
        if change.state.revision:
            key = f"{change.state.id}:{change.state.revision}:{change.state.content_hash()}"
            if not self._texts.get(key):
                await self._keep(key, change.state)
                self._texts.put(key, True)
        return await super().write(change)

    async def _keep(self, key: str, postmortem: Postmortem) -> None:
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
