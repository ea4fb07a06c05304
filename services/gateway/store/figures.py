"""What is counted of the library: what is not finished is found by an index that is in the order of its status."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorCollection

from services.gateway.domain.pages.waiting import UNFINISHED
from services.gateway.ports.figures import Standing
from shared.mongo import Row


class MongoFigures:
    """Counts in the library's collection. What is done, of which there is more each year, is not read."""

    def __init__(self, library: AsyncIOMotorCollection[Row]) -> None:
        self.library = library

    async def unfinished(self, now: datetime) -> Mapping[str, Standing]:
        """Return by status what its owners still have to bring to publication."""
        is_late: Row = {"$and": [{"$lt": ["$find.deadline", now]}, {"$not": ["$find.published_at"]}]}
        cursor = self.library.aggregate(
            [
                {"$match": {"find.status": {"$in": list(UNFINISHED)}}},
                {
                    "$group": {
                        "_id": "$find.status",
                        "count": {"$sum": 1},
                        "late": {"$sum": {"$cond": [is_late, 1, 0]}},
                        "waiting_since": {"$min": "$find.requested_at"},
                    }
                },
            ],
            hint="queue",
        )
        return {row["_id"]: _standing(row) async for row in cursor}


def _standing(row: Row) -> Standing:
    return Standing(count=row["count"], late=row["late"], waiting_since=row["waiting_since"])
