"""How long something took, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from shared.contracts.impact import IncidentDurations

MINUTE, HOUR, DAY = 60, 3600, 86400


class Span(NamedTuple):
    """What took a time, and how long."""

    name: str
    words: str


def span(seconds: float | timedelta) -> str:
    """Return a length of time in its two largest units: `46 min`, `1 h 20 min`, `3 d 4 h`."""
    left = round(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    if left < MINUTE:
        return f"{left} s"
    if left < HOUR:
        return f"{left // MINUTE} min"
    if left < DAY:
        return _two(left // HOUR, "h", left % HOUR // MINUTE, "min")
    return _two(left // DAY, "d", left % DAY // HOUR, "h")


def _two(large: int, unit: str, small: int, below: str) -> str:
    return f"{large} {unit} {small} {below}" if small else f"{large} {unit}"


def measured(durations: IncidentDurations | None) -> tuple[Span, ...]:
    """Return what is known of how long it took; what is not known is left out."""
    return tuple(_measured(durations)) if durations else ()


def _measured(durations: IncidentDurations) -> Iterator[Span]:
    for name, seconds in (
        ("Impact", durations.impact_s),
        ("Time to detect", durations.time_to_detect_s),
        ("Time to acknowledge", durations.time_to_acknowledge_s),
        ("Time to mitigate", durations.time_to_mitigate_s),
        ("Time to resolve", durations.time_to_resolve_s),
    ):
        if seconds is not None:
            yield Span(name, span(seconds))
