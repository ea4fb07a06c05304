"""Putting together what people read from all facts again, many at a time: load, hear, keep.

Documents under way are held in memory for as long as they were heard of lately, and kept beside those that people read
when they were not. So what is in memory does not grow with the number of facts.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from services.gateway.domain.history import Revision, revision_of
from services.gateway.domain.rebuilding import Built, Fact, Kind, is_still_told
from services.gateway.handlers.projection import REVISIONS
from services.gateway.ports.rebuilding import Scratch, Shelves
from shared.clock import Clock
from shared.contracts.events import Snapshot

MOST_DOCUMENTS = 2000
MOST_BYTES = 32 * 2**20
"""Of bodies; a document in memory takes several times as much."""
SAVED_AT_ONCE = 500
Place = tuple[Kind, str]


@dataclass
class Recent:
    """Documents under way that were heard of lately, the latest last; `changed` are those that are kept otherwise."""

    documents: OrderedDict[Place, Built] = field(default_factory=OrderedDict)
    changed: set[Place] = field(default_factory=set)
    weight: int = 0

    def put(self, place: Place, built: Built) -> None:
        """Take a document in as it was kept."""
        self.documents[place] = built
        self.weight += built.weight

    def hear(self, fact: Fact) -> bool:
        """Take a fact into its document; return False when it is in already."""
        place = (fact.kind, fact.key)
        built = self.documents[place]
        self.documents.move_to_end(place)
        before = built.weight
        is_new = built.hear(fact)
        self.weight += built.weight - before
        if is_new:
            self.changed.add(place)
        return is_new

    def leaving(self, documents: int, weight: int) -> dict[Kind, dict[str, Built]]:
        """Let those go that were not heard of for longest, down to these bounds; return those that have to be kept."""
        gone: dict[Kind, dict[str, Built]] = defaultdict(dict)
        while self.documents and (len(self.documents) > documents or self.weight > weight):
            place, built = self.documents.popitem(last=False)
            self.weight -= built.weight
            if place in self.changed:
                self.changed.discard(place)
                gone[place[0]][place[1]] = built
        return gone


@dataclass
class Rebuild:
    """Takes facts in and keeps what comes of them; `failed` are ids of facts that no view takes, with the reason.

    `leaving` are documents that are being written.
    """

    scratch: Mapping[Kind, Scratch]
    shelves: Shelves
    clock: Clock
    most_documents: int = MOST_DOCUMENTS
    most_bytes: int = MOST_BYTES
    recent: Recent = field(default_factory=Recent)
    failed: dict[str, str] = field(default_factory=dict)
    writing: asyncio.Future[list[None]] | None = None
    leaving: set[Place] = field(default_factory=set)

    async def unheard(self, batch: Sequence[Fact]) -> set[str]:
        """Return the ids of those facts of which subscribers may still have to be told.

        The gateway has not heard them. It is to hear them as ever, or nobody is told.
        """
        now, asked = self.clock.now(), defaultdict[Kind, list[Fact]](list)
        for fact in batch:
            if is_still_told(fact, now):
                asked[fact.kind].append(fact)
        left = {fact.id for facts in asked.values() for fact in facts}
        for kind, facts in asked.items():
            keys = {fact.key for fact in facts}
            left -= set(await self.scratch[kind].heard(keys, {fact.id for fact in facts}))
        return left

    async def take(self, batch: Sequence[Fact]) -> None:
        """Put facts into their documents, whatever order they come in; safe to repeat.

        What comes of them is written while the next are put together; an error of that is raised then.
        """
        await self._load(batch)
        revisions = [revision for fact in batch if (revision := self._hear(fact))]
        await self._written()
        self._write(self.recent.leaving(self.most_documents, self.most_bytes), revisions)

    async def flush(self) -> None:
        """Keep everything that is under way."""
        await self._written()
        while self.recent.documents:
            self._write(self.recent.leaving(max(0, len(self.recent.documents) - SAVED_AT_ONCE), self.most_bytes))
            await self._written()

    def _write(self, gone: Mapping[Kind, Mapping[str, Built]], revisions: Sequence[Revision] = ()) -> None:
        saves = [self.scratch[kind].save(built) for kind, built in gone.items()]
        self.leaving = {(kind, key) for kind, built in gone.items() for key in built}
        self.writing = asyncio.gather(self.shelves.keep_all(revisions), *saves)

    async def _written(self) -> None:
        writing, self.writing = self.writing, None
        if writing:
            await writing
        self.leaving = set()

    async def _load(self, batch: Sequence[Fact]) -> None:
        if any((fact.kind, fact.key) in self.leaving for fact in batch):
            await self._written()  # or an older state would be read
        missing: dict[Kind, set[str]] = defaultdict(set)
        for fact in batch:
            if (fact.kind, fact.key) not in self.recent.documents:
                missing[fact.kind].add(fact.key)
        for kind, keys in missing.items():
            known = await self.scratch[kind].load(keys)
            for key in keys:
                self.recent.put((kind, key), known.get(key) or Built())

    def _hear(self, fact: Fact) -> Revision | None:
        """Take a fact in; return the revision that it tells of, if any."""
        try:
            is_new = self.recent.hear(fact)
            tells = is_new and fact.data.name in REVISIONS
            return revision_of(cast("Snapshot", fact.data), (fact.at, fact.id)) if tells else None
        except Exception as error:  # noqa: BLE001 - the gateway parks such a fact, and everything else goes on
            self.failed[fact.id] = f"{fact.data.name}: {error!r}"
            return None
