"""Small questions to the collections of one database, asked as one: whatever looks each second looks together."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakValueDictionary

from motor.motor_asyncio import AsyncIOMotorDatabase

from shared.batching import Batcher
from shared.mongo_rows import Row

LINGER_S = 0.002
"""For so long it is waited for others who ask in the same moment; timers are exact to a millisecond."""
Question = tuple[str, Sequence[Row]]
"""The name of a collection, and the stages that find something in it."""


class Together:
    """Puts what is asked in the same moment into one call. Of use to questions that find little, and mostly nothing.

    What they find is not of one moment, no more than if each were asked by itself. An error reaches all of them.
    """

    def __init__(self, database: AsyncIOMotorDatabase[Row]) -> None:
        self._database = database
        self._asked: Batcher[Question, Sequence[Row]] = Batcher(self._ask, linger=LINGER_S)

    async def ask(self, collection: str, *stages: Row) -> Sequence[Row]:
        """Return what these stages find in a collection, in any order. Raises: what the driver raises."""
        return await self._asked.ask((collection, stages))

    async def _ask(self, questions: Sequence[Question]) -> Sequence[Sequence[Row]]:
        (first, stages), *others = [(name, _marked(n, stages)) for n, (name, stages) in enumerate(questions)]
        unions = [{"$unionWith": {"coll": name, "pipeline": marked}} for name, marked in others]
        found: list[list[Row]] = [[] for _ in questions]
        async for row in self._database[first].aggregate([*stages, *unions]):
            found[row["of"]].append(row["row"])
        return found


def _marked(number: int, stages: Sequence[Row]) -> list[Row]:
    """Let each row tell which question it answers."""
    return [*stages, {"$project": {"_id": 0, "of": {"$literal": number}, "row": "$$ROOT"}}]


_SHARED: WeakValueDictionary[int, Together] = WeakValueDictionary()


def together(database: AsyncIOMotorDatabase[Row]) -> Together:
    """Return what all stores over this database ask together.

    Databases of equal names and addresses are equal to the driver, also those of a client that was closed. So it is
    found by the object, which it keeps: no other can come to the same identity meanwhile.
    """
    shared = _SHARED.get(id(database))
    if shared is None:
        shared = _SHARED[id(database)] = Together(database)
    return shared
