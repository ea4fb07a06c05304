"""Whether the programs that work on the same documents understand each other: `schemas`, a document a kind."""

from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorCollection

from shared.document_schema import DocumentSchema
from shared.mongo_rows import Row
from shared.trouble import NotReady


async def agree(collection: AsyncIOMotorCollection[Row], schema: DocumentSchema) -> None:
    """Note which form this program writes of a kind, and the oldest that reads that; both only grow.

    Raises: NotReady when a program has worked here whose documents this one may not be able to read.
    """
    ours: Row = {"$max": {"number": schema.number, "needs": schema.needs}}
    kinds = collection.database.get_collection("schemas")
    before = await kinds.find_one_and_update({"_id": collection.name}, ours, upsert=True)
    if before and before["needs"] > schema.number:
        msg = (
            f"{collection.full_name} was written by a newer version: its documents have form {before['number']}, which"
            f" programs of form {before['needs']} and newer read, and this one is of {schema.number}: start that"
            " version again, or put back a backup from before the upgrade"
        )
        raise NotReady(msg)
