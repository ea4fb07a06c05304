"""Calls as Standard Webhooks 1.0.0 has them: the body, and the headers that prove it. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook

from services.gateway.domain.hooks.telling import time


def body(event: str, said_at: datetime, data: dict[str, Any]) -> str:
    """Return the body: the fact's wire name, when it was said, and what it is about."""
    told = {"type": event, "timestamp": time(said_at), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def headers(id: str, body: str, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """Return the headers of one attempt at `now` (UTC); a signature for each secret, so that they can be changed."""
    signatures = (Webhook(secret).sign(id, now, body) for secret in secrets)
    return {"webhook-id": id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": " ".join(signatures)}
