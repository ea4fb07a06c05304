"""Forgetting a person: what is looked up first, and in which order they are taken out."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from aio_pika.abc import AbstractConnection
from pymongo.database import Database

from deploy.local.errors import LocalError
from deploy.operate.audit import sealing
from deploy.operate.audit.chain import AUDIT, MongoChain
from deploy.operate.audit.log import StreamLog
from deploy.operate.audit.seals import anew
from deploy.operate.broker import connected
from deploy.operate.forgetting import documents, relogging, waiting
from deploy.operate.forgetting.collecting import Collected
from deploy.operate.forgetting.documents import Found, Row
from deploy.operate.forgetting.person import Forgotten, pseudonyms
from deploy.operate.forgetting.record import Begun, Record
from deploy.operate.log import end_of
from deploy.operate.pace import pace
from deploy.operate.saving import databases
from deploy.operate.saving.databases import Client
from deploy.operate.saving.quiet import Places, depths, refuse_hearers
from shared.clock import Clock

WHY = "a person was forgotten"
DIFFERS = (
    "the log is not as it was sealed, and afterwards nobody could tell that: see `afterword audit verify`. When you"
    " know why, `afterword audit seal --anew 'why'` goes on"
)


@dataclass
class Report:
    """What was found of a person: documents by collection, messages by queue, and in the log."""

    person: Forgotten
    found: Found = field(default_factory=Found)
    queues: dict[str, int] = field(default_factory=dict)
    log: int = 0
    is_resumed: bool = False

    def total(self) -> int:
        """Return how many documents and messages tell of them."""
        return sum(self.found.documents.values()) + sum(self.queues.values()) + self.log


@dataclass(frozen=True)
class Forgetting:
    """One installation, and whom it is to forget; `texts`: replace addresses in what people wrote, too."""

    where: Places
    addresses: Sequence[str]
    clock: Clock
    texts: bool = False

    async def survey(self) -> Report:
        """Return what would be changed; nothing is. The rooms may work.

        Raises: LocalError when the person still reviews, or a server refuses.
        """
        async with AsyncExitStack() as stack:
            client = stack.enter_context(databases.opened(self.where))
            connection = await stack.enter_async_context(connected(self.where.broker))
            begun = Record(self._audit(client)).begun(tuple(self.addresses))
            person = begun.person if begun else await self._collected(client, connection)
            found = self._rewrite(client, person, change=False)
            queues = await waiting.found_in_queues(connection, person)
            log = await relogging.count(connection, person)
            return Report(person, found, queues, log, is_resumed=begun is not None)

    async def run(self) -> Report:
        """Take the person out, or complete what a run before began. The rooms have to rest.

        Raises: LocalError when a room works, the log is not as it was sealed, or a server refuses; run it again then.
        """
        async with AsyncExitStack() as stack:
            client = stack.enter_context(databases.opened(self.where))
            connection = await stack.enter_async_context(connected(self.where.broker))
            refuse_hearers(await depths(connection))
            record, chain = Record(self._audit(client)), MongoChain(self._audit(client))
            before = record.begun(tuple(self.addresses))
            begun = before or await self._begun(client, connection, record, chain)
            report = await self._forget(client, connection, record, begun.person)
            if report.log or record.is_stashed():
                await self._seal(connection, chain, begun)
            record.clear()
            report.is_resumed = before is not None
            return report

    async def _begun(self, client: Client, connection: AbstractConnection, record: Record, chain: MongoChain) -> Begun:
        """See that the log is as it was sealed, seal the rest of it, and write down what is to be done."""
        log, now = StreamLog(connection), self.clock.now()
        if chain.head() and not (await sealing.verify(log, chain)).is_good(cut=True):
            raise LocalError(DIFFERS)
        person = await self._collected(client, connection)
        if chain.head():
            await sealing.seal(log, chain, self.clock)
        head = chain.head()
        begun = Begun(person, head.number if head else 0, now)
        record.begin(begun)
        return begun

    async def _forget(
        self, client: Client, connection: AbstractConnection, record: Record, person: Forgotten
    ) -> Report:
        documents.hold_back(client, self.where, person, self.clock.now())
        found = self._rewrite(client, person, change=True)
        queues = await waiting.found_in_queues(connection, person)
        await waiting.rewrite(connection, person)
        log = await relogging.count(connection, person)
        if log or record.is_stashed():
            await relogging.rewrite(connection, record, person)
        return Report(person, found, queues, log)

    async def _seal(self, connection: AbstractConnection, chain: MongoChain, begun: Begun) -> None:
        """Say in the chain why the log is another, close what was sealed of it, and seal it as it is."""
        head = chain.head()
        if head is None:
            return
        told = next((seal for seal in chain.seals() if seal.number > begun.head and seal.why == WHY), None)
        if told is None:
            chain.add(told := anew(head, WHY, self.clock.now()))
        chain.close_before(told.number)
        await sealing.seal(StreamLog(connection), chain, self.clock)

    def _rewrite(self, client: Client, person: Forgotten, *, change: bool) -> Found:
        what = "taking them out of the documents" if change else "counting documents"
        with pace(what, databases.count(client, self.where)) as advance:
            return documents.rewrite(client, self.where, person, self.clock.now(), advance, change=change)

    async def _collected(self, client: Client, connection: AbstractConnection) -> Forgotten:
        """Look up every address and name of the person, and the ids that follow from them."""
        addresses = _with_aliases(client[self.where.database("review")], self.addresses)
        person = Forgotten(pseudonyms(addresses, secrets.token_hex(6)), texts=self.texts)
        found = Collected(person, secrets.token_hex(16))
        with pace("looking for names", databases.count(client, self.where)) as advance:
            documents.collect(client, self.where, found, advance)
        async for row in relogging.entries(connection, await end_of(connection)):
            if person.raw.search(row["body"]):
                _look(found, row["body"])
        return found.done(self.clock.now())

    def _audit(self, client: Client) -> Database[Row]:
        return client[self.where.database(AUDIT)]


def _look(found: Collected, body: bytes) -> None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):  # a message that nobody understands tells no names either
        return
    found.look(said)
    found.look_at_texts(said)


def _with_aliases(review: Database[Row], addresses: Sequence[str]) -> list[str]:
    """Return the addresses, and others of a member who has one of them. Raises: LocalError when they still review."""
    given = [address.strip().lower() for address in addresses]
    wanted = {"$or": [{"state.reviewer.email": {"$in": given}}, {"state.reviewer.aliases": {"$in": given}}]}
    members = [row["state"]["reviewer"] for row in review["reviewers"].find(wanted)]
    active = next((member["email"] for member in members if member.get("active", True)), None)
    if active:
        msg = (
            f"{active} still reviews, and would be asked again: set `active` to false first"
            f" (PUT /v1/reviewers/{active}, or the page Reviewers), then run this again"
        )
        raise LocalError(msg)
    others = [each for member in members for each in (member["email"], *member.get("aliases", ()))]
    return list(dict.fromkeys([*given, *others]))
