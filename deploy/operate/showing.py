"""One parked message whole."""

from __future__ import annotations

from collections.abc import Iterable

from aio_pika.abc import AbstractConnection, AbstractIncomingMessage

from deploy.operate.parked import Wanted
from deploy.operate.parking import Seen, nothing_seen, walk
from shared.messaging import retry
from shared.messaging.parked import OF_THE_PARKING, parked, pretty, text


async def full(
    connection: AbstractConnection, parkings: Iterable[str], wanted: Wanted, seen: Seen = nothing_seen
) -> list[dict[str, str]]:
    """Return the parts of every message that is meant, title by title; all stay where they are."""
    found: list[dict[str, str]] = []
    for parking in parkings:

        async def note(message: AbstractIncomingMessage, parking: str = parking) -> bool:
            if wanted.takes(parked(message, parking)):
                found.append(parts(message, parking))
            return False

        await walk(connection, parking, note, seen)
    return found


def parts(message: AbstractIncomingMessage, parking: str) -> dict[str, str]:
    """Return what there is to read of a message: in short, error, traceback, headers, body."""
    short = parked(message, parking)
    version = text(message.headers, "x-version") or "unknown"
    summary = {
        "type": short.type or "unknown",
        "subject": short.subject or "unknown",
        "said": short.said.isoformat() if short.said else "unknown",
        "first failed": text(message.headers, retry.FIRST_SEEN) or "unknown",
        "parked": text(message.headers, retry.PARKED_AT) or "unknown",
        "parked in": parking,
        "goes to": short.queue,
        "tried": f"{short.attempts} (by version {version})",
        "redriven": str(short.redriven),
    }
    headers = {key: text(message.headers, key) for key in sorted(message.headers) if key not in OF_THE_PARKING}
    return {
        "": f"{short.id}\n{_lines(summary)}",
        "error": text(message.headers, "x-error") or short.error or "none told",
        "traceback": text(message.headers, "x-traceback").rstrip(),
        "headers": _lines(headers),
        "body": pretty(message.body),
    }


def _lines(values: dict[str, str]) -> str:
    width = max((len(key) for key in values), default=0)
    return "\n".join(f"{key:<{width}}  {value}" for key, value in values.items())
