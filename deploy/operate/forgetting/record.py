"""That a person is being forgotten: written down before anything is changed, and away when all is done.

A run that was killed is completed by the next one, under the same pseudonyms. It stands in the database of the seals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import WriteConcern
from pymongo.database import Database

from deploy.local.errors import LocalError
from deploy.operate.forgetting.person import Forgotten

Row = dict[str, Any]
RUN = "run"
AT_ONCE = 1000


@dataclass(frozen=True)
class Begun:
    """A run under way. `head` is the number of the last seal by then, 0 when there was none."""

    person: Forgotten
    head: int
    begun_at: datetime


class Record:
    """The run, the ids that it replaces, and the log as it will be."""

    def __init__(self, database: Database[Row]) -> None:
        safe: Database[Row] = database.with_options(write_concern=WriteConcern("majority"))
        self.run = safe["forgetting"]
        self.ids = safe["forgetting_ids"]
        self.log = safe["forgetting_log"]

    def begun(self, addresses: tuple[str, ...]) -> Begun | None:
        """Return the run that was not finished. Raises: LocalError when it is about somebody else."""
        row = self.run.find_one({"_id": RUN})
        if row is None:
            return None
        known = dict(row["pseudonyms"])
        if addresses[0] not in known:
            msg = f"forgetting {next(iter(known))} was interrupted: run `afterword forget` for that address first"
            raise LocalError(msg)
        ids = {each["_id"]: each["to"] for each in self.ids.find({})}
        person = Forgotten(known, frozenset(row["names"]), ids, row["texts"])
        return Begun(person, row["head"], row["begun_at"])

    def begin(self, begun: Begun) -> None:
        """Write down what is to be done; from then on it can be completed."""
        self.clear()
        rows = [{"_id": id, "to": to} for id, to in begun.person.ids.items()]
        for n in range(0, len(rows), AT_ONCE):
            self.ids.insert_many(rows[n : n + AT_ONCE])
        person = begun.person
        told = {"pseudonyms": list(map(list, person.pseudonyms.items())), "names": sorted(person.names)}
        run = {**told, "texts": person.texts, "head": begun.head, "begun_at": begun.begun_at, "stashed": False}
        self.run.insert_one({"_id": RUN, **run})

    def is_stashed(self) -> bool:
        """Say whether the log as it will be is written down whole."""
        row = self.run.find_one({"_id": RUN}, {"stashed": 1})
        return bool(row and row["stashed"])

    def stashed(self) -> None:
        """Note that it is."""
        self.run.update_one({"_id": RUN}, {"$set": {"stashed": True}})

    def clear(self) -> None:
        """Forget the run as well. What says that there is one goes last."""
        self.log.drop()
        self.run.delete_many({})
        self.ids.drop()
        self.run.drop()
