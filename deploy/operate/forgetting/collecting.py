"""What is known of a person beside their addresses: names, and ids that follow from an address. Pure.

Such an id tells nobody the address; but who has a guess can try it out. So it becomes one that follows from the
pseudonym, as if the person had always been called so, or one that follows from nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from deploy.operate.forgetting.person import Forgotten, dicts_in
from deploy.operate.forgetting.rewriting import Rewriter
from shared.contracts.base import content_hash, derived_id
from shared.contracts.bounces import address_id
from shared.contracts.community import reviewer_id
from shared.contracts.lists import subscription_id
from shared.contracts.mail_preferences import WEEKLY_DIGEST

Row = dict[str, Any]
MONTHS = 20 * 12
"""So far back a notice may have been gathered under an id that follows from the address and the month."""
NEW = "{}@forgotten.invalid"


@dataclass
class Collected:
    """What was found so far. `secret` is random and forgotten with the person: ids that follow from nothing need it."""

    person: Forgotten
    secret: str
    names: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)
    lists: set[str] = field(default_factory=lambda: {WEEKLY_DIGEST})

    def look(self, row: Any) -> None:
        """Take in names out of a document or the body of a message, and the names of lists."""
        for table in dicts_in(row):
            name = table.get("name")
            if self.person.is_theirs(table.get("email")) and isinstance(name, str) and not self.person.is_theirs(name):
                self.names.add(name)
            if isinstance(table.get("list"), dict) and isinstance(table["list"].get("name"), str):
                self.lists.add(table["list"]["name"])

    def look_at_texts(self, row: Any) -> None:
        """Take in what the hash of a report becomes when an address in it is replaced."""
        rewriter = Rewriter(self.person)
        for table in dicts_in(row):
            if {"title", "severity", "services", "report"} <= table.keys() and isinstance(table["report"], dict):
                before, after = _hash(table), _hash(rewriter.of(table))
                if before != after:
                    self.ids[before] = after

    def look_in(self, room: str, collection: str, row: Row) -> None:
        """Take in the ids of rows that are the person's own."""
        own = OWN.get((room, collection))
        if own:
            self.ids |= own(self, row)

    def done(self, now: datetime) -> Forgotten:
        """Return who is to be forgotten, with all that was found."""
        ids = dict(self.ids)
        for address, pseudonym in self.person.pseudonyms.items():
            ids |= _derived(address, pseudonym, self.lists, now)
        names = frozenset(name for name in self.names if name != self.person.alias)
        return Forgotten(self.person.pseudonyms, names, ids, self.person.texts)

    def nothing_of(self, id: str) -> str:
        """Return an id that follows from nothing that anybody knows, the same each time."""
        return derived_id(self.secret, id)


def _delivery(found: Collected, row: Row) -> Mapping[str, str]:
    """A mail: publications write theirs down under an id that they find again."""
    if not found.person.is_theirs(row["recipient"]):
        return {}
    words = row["postmortem_id"], str(row["revision"])
    is_report = row["_id"] == derived_id("delivery", *words, row["recipient"])
    pseudonym = found.person.without_addresses(row["recipient"])
    id = derived_id("delivery", *words, pseudonym) if is_report else found.nothing_of(row["_id"])
    message_id = f"<{NEW.format(found.nothing_of(row['message_id']))}>"
    return {row["_id"]: id, **({} if row.get("to") else {row["message_id"]: message_id})}


def _audience(found: Collected, row: Row) -> Mapping[str, str]:
    """Everybody who got a report: the id is the digest of all addresses."""
    has_them = any(found.person.is_theirs(email) for _, email in row["people"])
    return {row["audience"]: found.nothing_of(row["audience"])} if has_them else {}


OWN: Mapping[tuple[str, str], Callable[[Collected, Row], Mapping[str, str]]] = {
    ("distribution", "deliveries"): _delivery,
    ("distribution", "audiences"): _audience,
}


def _derived(address: str, pseudonym: str, lists: Iterable[str], now: datetime) -> Mapping[str, str]:
    made: list[Callable[[str], str]] = [reviewer_id, address_id]
    made += [partial(subscription_id, name) for name in lists]
    made += [partial(_gathering_id, month) for month in _months(now)]
    return {make(address): make(pseudonym) for make in made}


def _gathering_id(month: str, email: str) -> str:
    return derived_id("gathering", email, month)


def _months(now: datetime) -> Sequence[str]:
    """The months up to the next one: who is a day ahead of us is in it already."""
    last = now + timedelta(days=2)
    numbers = range(last.year * 12 + last.month - 1, last.year * 12 + last.month - 1 - MONTHS, -1)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in numbers]


def _hash(table: Row) -> str:
    return content_hash(table["title"], table["severity"] or "", table["services"], table["report"])
