"""What a room's user has to be allowed on the broker, and which of it it is not. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from deploy.operate.declared import declared
from deploy.operate.permissions import SAYS, asker, gives, rights
from shared.messaging import topology

Json = Mapping[str, Any]


def missing(room: str, given: Json, topics: Sequence[Json], *, declares: bool) -> Iterator[str]:
    """Yield what a room needs and its user may not, one line a queue or exchange."""
    plan, needed = declared(), keys(room)
    names = [*plan.exchanges, *(queue.name for queue in plan.queues)] if declares else []
    yield from _refused("configure", given, [*names, *_replies(room)])
    yield from _refused("read", given, [*(queue for queue, _, _ in topology.bindings(room)), *_replies(room)])
    yield from _refused("write", given, [*needed, *_replies(room)])
    patterns = {each["exchange"]: each["write"] for each in topics}
    for exchange, words in needed.items():
        if exchange in patterns:
            refused = [word for word in words if not _takes(patterns[exchange], word)]
            yield from (f"may not say {word} to {exchange}" for word in refused)


def keys(room: str) -> dict[str, list[str]]:
    """Return every exchange that a room says something to, each with the routing keys that it says."""
    found: dict[str, list[str]] = {}
    for name in (*SAYS[room], *gives(room)):
        found.setdefault(topology.exchange_of(name), []).append(name)
    own = [queue for queue, _, _ in topology.bindings(room)]
    found |= {topology.waiting(delay): own for delay in topology.waiting_times()}
    found[topology.PARKING] = own
    if topology.REPLIES in rights(room).writes:
        found[topology.REPLIES] = [f"{asker()}.replies.x"]
    return found


def _replies(room: str) -> list[str]:
    return [f"{asker()}.replies.x"] if room == asker() else []


def _refused(kind: str, given: Json, names: Iterable[str]) -> Iterator[str]:
    refused = [name for name in names if not _takes(given[kind], name)]
    if refused:
        more = f" and {len(refused) - 1} others" if len(refused) > 1 else ""
        yield f"may not {kind} {refused[0]}{more}"


def _takes(pattern: str, name: str) -> bool:
    """Say whether RabbitMQ would let a name pass; what is no pattern lets nothing pass."""
    try:
        return re.search(pattern or "^$", name) is not None
    except re.error:
        return False
