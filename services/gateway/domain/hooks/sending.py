"""One attempt to tell a subscriber: what goes over the wire. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.gateway.domain.hooks import slack, standard
from services.gateway.domain.hooks.hook import Endpoint
from shared.contracts.commands import CallWebhook


@dataclass(frozen=True, slots=True)
class Request:
    """Headers and body of a POST with JSON in it."""

    headers: dict[str, str]
    body: str


def request(call: CallWebhook, data: dict[str, Any], endpoint: Endpoint, now: datetime) -> Request:
    """Return what is sent at `now` (UTC): a call's id is the same in every attempt, its time and signature are new."""
    if endpoint.hook.format == "slack":
        return Request({}, slack.body(call.event, data))
    body = standard.body(call.event, call.said_at, data)
    return Request(standard.headers(call.webhook_id, body, endpoint.secrets, now), body)
