"""What comes to the door from an incident tool, and what a source makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from shared.contracts.base import Severity
from shared.contracts.events import IncidentReported


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request as it came: header names in lower case, the query, the raw bytes, and when it came.

    `severities` are the organisation's own words for severities, in lower case; they count before a tool's.
    """

    body: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)


class Sent(NamedTuple):
    """When a delivery was made, and the organisation's own words for severities."""

    at: datetime
    severities: Mapping[str, Severity]


@dataclass(frozen=True, slots=True)
class Odd:
    """A part of a delivery that nobody understands, though the rest is fine: where it stood, itself, and why."""

    where: str
    body: bytes
    error: ValueError


Told = Sequence[tuple[str, IncidentReported | Odd]]
"""What a delivery means: none, one or several reports, each with the id that its message has however often it comes."""


class Unsupported(ValueError):
    """The way of sending is not taken here, whatever is in it; the text says which way is."""
