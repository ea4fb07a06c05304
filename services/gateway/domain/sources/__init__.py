"""Incident tools: one file a source, with a verifier of raw bytes and a pure parser, found by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.gateway.domain.sources import pagerduty
from shared.contracts.events import IncidentReported


@dataclass(frozen=True, slots=True)
class Source:
    """How to tell that a delivery is genuine, and what it means.

    `verify(headers, body, secrets)` answers in constant time; header names are lower case. `parse(body)`
    returns `(message id, report)` and raises ValueError for what it cannot understand.
    """

    verify: Callable[[Mapping[str, str], bytes, Sequence[str]], bool]
    parse: Callable[[bytes], tuple[str, IncidentReported]]


SOURCES: dict[str, Source] = {"pagerduty": Source(pagerduty.verify, pagerduty.parse)}
