"""How much an incident may tell. Pure. What is refused is parked with these words, never lost."""

from __future__ import annotations

from collections.abc import Iterable

from services.drafting.domain.postmortem import Postmortem
from services.drafting.domain.timeline import weight
from shared.contracts.events import IncidentReported
from shared.contracts.values import IncidentKind

MOST_EVENTS = 2_000
MOST_BYTES = 3_000_000
"""Of what all events add to a draft (`Heard.size`): its largest message stays below 4 MiB, text included, and its
document, which holds that message and the events besides, below MongoDB's 16 MiB."""
RESERVE = 200
RESERVE_BYTES = 300_000
"""What is taken beyond the bound of events that decide something: notes never keep an incident from its end."""
BESIDE = frozenset({IncidentKind.NOTE, IncidentKind.STATUS_UPDATE, IncidentKind.ROLE_ASSIGNED})
"""Kinds without which the draft of an incident is still opened and right."""


def too_much(postmortem: Postmortem | None, event: IncidentReported) -> str | None:
    """Say why an event finds no place beside what was told before; None when it does."""
    if postmortem is None:
        return None
    count, size = told(postmortem)
    events, bytes = (0, 0) if event.kind in BESIDE else (RESERVE, RESERVE_BYTES)
    if count >= MOST_EVENTS + events:
        return f"{count:,} events are in its timeline, and {MOST_EVENTS:,} are the most; see the incident's tool"
    if size + weight(event) > MOST_BYTES + bytes:
        return f"its timeline has {size:,} bytes, and {MOST_BYTES:,} are the most; see the incident's tool"
    return None


def told(postmortem: Postmortem) -> tuple[int, int]:
    """Return how many events were told of all incidents of a postmortem, and their bytes."""
    sizes = [heard.size for story in postmortem.stories() for heard in story]
    return len(sizes), sum(sizes)


def no_place(postmortem: Postmortem, events: Iterable[IncidentReported]) -> str | None:
    """Say why these events of a merged incident find no place beside all others; None when they do."""
    count, size = told(postmortem)
    sizes = [weight(event) for event in events]
    if count + len(sizes) <= MOST_EVENTS + RESERVE and size + sum(sizes) <= MOST_BYTES + RESERVE_BYTES:
        return None
    return f"{count:,} events ({size:,} bytes) of all its incidents are in its timeline, which is the most"


def fits(postmortem: Postmortem, events: Iterable[IncidentReported]) -> bool:
    """Say whether all these events find a place in a postmortem."""
    count, size = told(postmortem)
    sizes = [weight(event) for event in events]
    return count + len(sizes) <= MOST_EVENTS and size + sum(sizes) <= MOST_BYTES
