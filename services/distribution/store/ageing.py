"""Old mails forget whom they went to: what became of them stays, for counts and so that nothing is mailed twice."""

from __future__ import annotations

from datetime import UTC, datetime

from services.distribution.domain import State
from services.distribution.domain.delivery import WAITING
from shared.mongo import Database, Row

SETTLED = [state.value for state in State if state not in WAITING]
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a row is to be looked at again that has forgotten: so the index of what is due passes it over."""
AT_ONCE = 500
NOBODY = {"$concat": ["$_id", "@forgotten.invalid"]}
"""Another address for each, since rows of a publication are told in the order of their addresses."""
FORGETS: list[Row] = [
    {"$set": {"recipient": NOBODY, "reply": "", "not_before": NEVER}},
    {"$unset": ["notice", "gathered"]},
]


class MongoAgeing:
    """The rows of the ledger, and what came back from addresses that get mail."""

    def __init__(self, database: Database) -> None:
        self.deliveries = database["deliveries"]
        self.addresses = database["addresses"]

    async def prepare(self) -> None:
        """Make nothing: rows are found by the index of what is due."""

    async def age(self, before: datetime) -> int:
        """Let rows forget that were settled and due before this time, and addresses of which nothing came since.

        Return how many rows there were. It may break off anywhere, and run in several processes at once.
        """
        old: Row = {"state": {"$in": SETTLED}, "not_before": {"$lte": before}}
        fields, done = {"postmortem_id": 1}, 0
        while rows := await self.deliveries.find(old, fields).limit(AT_ONCE).to_list(None):
            these: Row = {"_id": {"$in": [row["_id"] for row in rows]}}
            these["postmortem_id"] = {"$in": list({row["postmortem_id"] for row in rows})}
            done += (await self.deliveries.update_many({**these, **old}, FORGETS)).modified_count
        since = {"$elemMatch": {"at": {"$gt": f"{before:%Y-%m-%dT%H:%M:%S}"}}}
        gone = {
            "find.suppressed": {"$exists": False},
            "unsaid_at": {"$exists": False},
            "state.bounces": {"$not": since},
        }
        await self.addresses.delete_many(gone)
        return done
