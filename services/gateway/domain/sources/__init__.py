"""Incident tools: one file a source, with a verifier of raw bytes and a pure parser, found by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.gateway.domain.sources import alertmanager, cloudevents, grafana_oncall, incident_io, opsgenie, pagerduty
from services.gateway.domain.sources.delivery import Delivery, Told
from services.gateway.domain.sources.proof import BEARER, bearer


@dataclass(frozen=True, slots=True)
class Source:
    """How to tell that a delivery is genuine, and what it means.

    `verify(delivery, secrets)` compares in constant time with each of the secrets and never raises. `parse(delivery)`
    returns what the delivery means and raises ValueError for what it cannot understand, Unsupported for a way
    of sending that is not taken. `proof` tells a sender how to prove itself, by `scheme`. `when_busy` is the status of
    one delivery too many: 503, unless the tool is known to send again after a 429 (Alertmanager then loses the alert).
    """

    verify: Callable[[Delivery, Sequence[str]], bool]
    parse: Callable[[Delivery], Told]
    proof: str = BEARER
    scheme: str = "Bearer"
    when_busy: int = 503


SOURCES: dict[str, Source] = {
    "pagerduty": Source(pagerduty.verify, pagerduty.parse, pagerduty.PROOF, "Signature", when_busy=429),
    "alertmanager": Source(bearer, alertmanager.parse),
    "opsgenie": Source(bearer, opsgenie.parse),
    "grafana-oncall": Source(bearer, grafana_oncall.parse),
    "incident-io": Source(incident_io.verify, incident_io.parse, incident_io.PROOF, "Signature"),
    "cloudevents": Source(bearer, cloudevents.parse, when_busy=429),
}
