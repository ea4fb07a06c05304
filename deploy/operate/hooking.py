"""Calling a subscriber as the gateway does, with a sample."""

from __future__ import annotations

import os
import ssl
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from deploy.local import rooms
from deploy.local.errors import LocalError
from deploy.operate.broker import setting
from services.gateway.adapters import HttpCaller
from services.gateway.domain.hooks import Endpoint, Outcome, outcome, request
from services.gateway.ports import Barred, Unreachable
from services.gateway.settings import Policy, Secrets, with_secrets
from shared.clock import SystemClock, new_id
from shared.contracts.commands import CallWebhook
from shared.room import installed_version
from shared.settings import SettingError, load_policy

SECRETS = "AFTERWORD_HOOK_SECRETS"
NOBODY = "00000000-0000-4000-8000-000000000000"
WOULD = {
    Outcome.LATER: "a call would be tried again for about four hours, then be parked",
    Outcome.REFUSED: "a call would be parked: put right what it does not like, then redrive",
    Outcome.GONE: "a call would be given up: the receiver says that it is gone for good",
}


def endpoints() -> dict[str, Endpoint]:
    """Return the subscribers of the policy file, with their secrets. Raises: LocalError that names what is wrong."""
    try:
        secrets = TypeAdapter(Secrets).validate_json(setting(SECRETS) or "{}")
        return with_secrets(load_policy(rooms.policy(), Policy).webhooks, secrets)
    except ValidationError as error:
        raise LocalError(f"{SECRETS}: {error.errors()[0]['msg'].lower()}") from None
    except SettingError as error:
        raise LocalError(str(error)) from error


async def call(name: str) -> int:
    """Send a sample to a subscriber; return the status of a yes. Raises: LocalError that says what happened instead."""
    endpoint = endpoints().get(name)
    if endpoint is None:
        msg = f"there is no webhook {name!r}; see `afterword hook list`"
        raise LocalError(msg)
    status = await _sent(endpoint)
    if outcome(status) is not Outcome.ACCEPTED:
        msg = f"{name} answered {status}: {WOULD[outcome(status)]}"
        raise LocalError(msg)
    return status


async def _sent(endpoint: Endpoint) -> int:
    clock = SystemClock()
    now = clock.now()
    caller = HttpCaller(f"Afterword/{installed_version()}", ssl.create_default_context(), clock)
    try:
        return await caller.call(endpoint, request(_call(endpoint, now), _sample(), endpoint, now))
    except (Unreachable, Barred) as error:
        raise LocalError(str(error)) from error


def _call(endpoint: Endpoint, now: datetime) -> CallWebhook:
    hook = endpoint.hook
    return CallWebhook(postmortem_id=NOBODY, hook=hook.name, webhook_id=new_id(), event=hook.events[0], said_at=now)


def _sample() -> dict[str, Any]:
    public_url = os.environ.get("AFTERWORD_PUBLIC_URL") or "http://127.0.0.1:8080"
    return {
        "id": NOBODY,
        "status": "draft",
        "restricted": False,
        "title": "A test of this webhook",
        "severity": "sev5",
        "services": [],
        "owner": {"name": "Nobody", "email": "nobody@example.com"},
        "revision": 1,
        "links": {"self": f"{public_url}/v1/postmortems/{NOBODY}", "page": f"{public_url}/postmortems/{NOBODY}"},
    }
