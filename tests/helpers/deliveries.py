"""Deliveries of incident tools: sample payloads in the tools' own shapes, and what the door makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from services.gateway.domain.sources import SOURCES
from services.gateway.domain.sources.delivery import Delivery, Odd
from shared.contracts.events import IncidentReported
from tests.helpers.builders import NOW

PAYLOADS = Path(__file__).resolve().parents[1] / "unit" / "gateway" / "payloads"


def payload(source: str, name: str) -> bytes:
    """Return a sample's bytes; `name` may be the beginning of its file's name."""
    (found,) = (PAYLOADS / source).glob(f"{name}*.json")
    return found.read_bytes()


def story(source: str) -> list[bytes]:
    """Return the numbered samples in the order in which they happened: one incident from its beginning to its end."""
    return [path.read_bytes() for path in sorted((PAYLOADS / source).glob("[0-9]*.json"))]


def delivery(
    body: bytes,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    received_at: datetime = NOW,
) -> Delivery:
    """Build a delivery; where nothing else is said its id follows from its body, as a retry's would."""
    given = {"webhook-id": f"msg_{sha256(body).hexdigest()[:20]}", "content-type": "application/json"}
    return Delivery(body=body, received_at=received_at, headers=given | dict(headers or {}), query=dict(query or {}))


def told(source: str, body: bytes, **headers: str) -> list[tuple[str, IncidentReported]]:
    """Return the reports that a delivery means; nothing in it may be odd."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if source == "cloudevents":
        named.setdefault("content-type", "application/cloudevents+json")
    found = []
    for id, report in SOURCES[source].parse(delivery(body, named)):
        assert not isinstance(report, Odd), report
        found.append((id, report))
    return found


def only(source: str, body: bytes, **headers: str) -> IncidentReported:
    """Return the one report that a delivery means."""
    ((_, report),) = told(source, body, **headers)
    return report


def reports(source: str) -> list[IncidentReported]:
    """Return everything that a source's story tells."""
    return [report for body in story(source) for _, report in told(source, body)]
