"""The database server itself."""

from __future__ import annotations

from shared.mongo import Database


class MongoServer:
    """The server that the gateway's database is on."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def version(self) -> str:
        """Return its version."""
        return str((await self.database.command("buildInfo"))["version"])
