"""Which errors pass by themselves, and what a message is told when it waits or is parked."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.log_lines import without_values
from shared.messaging.documents import Conflict, NotYet
from shared.messaging.envelope import TooLarge, Unreadable
from shared.messaging.outbox import PublishUnconfirmed
from shared.messaging.topology import MAX_ATTEMPTS

ATTEMPT = "x-attempt"
FIRST_SEEN = "x-first-seen"
PARKED_AT = "x-parked-at"
DIED = "x-died"
DELIVERIES = "x-delivery-count"
"""The broker's own count of how often a message came back from a hearer that never settled it."""
DEATHS_AT_ONCE = 3
DEATHS_IN_ALL = 12
ATTEMPTS_OF_A_BUG = 4
"""An error that nobody expected is most likely a bug: a few tries, then a human looks at it."""


class Transient(Exception):
    """Something outside is not there right now: wait and try again."""


class Died(Transient):
    """Whoever heard the message died, or lost its connection, again and again: it is heard apart from others."""


class Permanent(Exception):
    """Trying again cannot help: park the message for a human."""


PASSING: tuple[type[Exception], ...] = (Transient, NotYet, Conflict, PublishUnconfirmed, ConnectionError, TimeoutError)


def attempt_of(headers: Mapping[str, Any]) -> int:
    """Return how often the message was tried before; 0 for a fresh one or an unreadable count."""
    return _count(headers, ATTEMPT)


def keep_apart(headers: Mapping[str, Any]) -> None:
    """Let a message that may kill its hearers wait, so that those beside it are heard meanwhile; park it in the end.

    All that a dying process holds comes back with a higher count, the innocent too. What waits comes back one by one:
    the innocent are heard then, and only what kills comes so far as to be parked. Raises: Died, Permanent.
    """
    if _count(headers, DELIVERIES) < DEATHS_AT_ONCE:
        return
    if DEATHS_AT_ONCE * (_count(headers, DIED) + 1) >= DEATHS_IN_ALL:
        msg = f"its hearer died with it, or lost its connection, {DEATHS_IN_ALL} times"
        raise Permanent(msg)
    msg = f"its hearer died, or lost its connection, {DEATHS_AT_ONCE} times in a row"
    raise Died(msg)


def may_try_again(error: Exception, tried: int, passing: tuple[type[Exception], ...]) -> bool:
    """Say whether a message that failed in its `tried`-th attempt (from 1) waits, or is parked."""
    if isinstance(error, (Permanent, Unreadable, TooLarge)):
        return False
    return tried < (MAX_ATTEMPTS if isinstance(error, passing) else ATTEMPTS_OF_A_BUG)


def clean(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what brokers add on the way; RabbitMQ 4 no longer reads it from a client anyway."""
    dropped = ("x-death", DELIVERIES, "x-acquired-count")
    return {
        key: value
        for key, value in headers.items()
        if key not in dropped and not key.startswith(("x-first-death", "x-last-death"))
    }


def waiting_headers(headers: Mapping[str, Any], error: Exception, tried: int, now: datetime) -> dict[str, Any]:
    """Headers of a message that waits for its next attempt; `now` (UTC) is kept if this is its first."""
    died = {DIED: _count(headers, DIED) + 1} if isinstance(error, Died) else {}
    return {**_seen(headers, now), **died, ATTEMPT: tried, "x-last-error": _line(error)}


def parked_headers(
    headers: Mapping[str, Any], error: Exception, tried: int, queue: str, version: str, now: datetime
) -> dict[str, Any]:
    """Headers of a parked message: what happened, where, to which version, since when and when (UTC, ISO 8601)."""
    trace = without_values("".join(traceback.format_exception(error)))[-4000:]
    return {
        **_seen(headers, now),
        PARKED_AT: now.isoformat(),
        ATTEMPT: tried,
        "x-error": _line(error),
        "x-traceback": trace,
        "x-queue": queue,
        "x-version": version,
    }


def _count(headers: Mapping[str, Any], key: str) -> int:
    value = headers.get(key, 0)
    return value if isinstance(value, int) and value >= 0 else 0


def _seen(headers: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {FIRST_SEEN: now.isoformat(), **clean(headers)}


def _line(error: Exception) -> str:
    return without_values(f"{type(error).__name__}: {error}")[:500]
