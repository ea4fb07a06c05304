"""What incident tools send and how they prove themselves, as the description of the API tells it."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

SCHEMES: Json = {
    "webhook_bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The source's secret: alertmanager, opsgenie, grafana-oncall, cloudevents.",
    },
    "webhook_basic": {
        "type": "http",
        "scheme": "basic",
        "description": "The source's secret as the password, with any name, for the same sources.",
    },
    "webhook_token": {
        "type": "apiKey",
        "in": "query",
        "name": "access_token",
        "description": "The source's secret, for those of the same tools that can set nothing but an address.",
    },
    "pagerduty_signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-PagerDuty-Signature",
        "description": "`v1=` and the hexadecimal HMAC-SHA256 of the raw body; several with commas between them.",
    },
    "standard_webhooks": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "incident-io: Standard Webhooks, over `webhook-id`, `webhook-timestamp` and the raw body.",
    },
}
"""Ways for a tool to prove itself; each source has its own."""

ALERT: Json = {
    "version": "4",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "CheckoutSlow", "severity": "page", "service": "checkout"},
            "annotations": {"summary": "Checkout answers slowly"},
            "startsAt": "2026-03-02T09:14:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "4ab1c2d3e4f50617",
        }
    ],
}
EVENT: Json = {
    "specversion": "1.0",
    "id": "INC-42-1",
    "source": "/my-tool",
    "type": "IncidentReported.v1",
    "data": {
        "source": "my-tool",
        "external_id": "INC-42",
        "kind": "opened",
        "occurred_at": "2026-03-02T09:14:00Z",
        "title": "Checkout answers slowly",
    },
}
BODY: Json = {
    "security": [{name: []} for name in SCHEMES],
    "requestBody": {
        "required": True,
        "description": (
            "Whatever the tool sends, byte for byte: its proof is over the raw bytes. Each tool has its own form, "
            "described by its maker; none of it is a promise of this API, and what cannot be understood is put aside, "
            "not refused."
        ),
        "content": {
            "application/json": {"schema": {}, "examples": {"alertmanager": {"value": ALERT}}},
            "application/cloudevents+json": {"schema": {}, "examples": {"cloudevents": {"value": EVENT}}},
        },
    },
}
"""Goes into the description of the webhooks' route."""
