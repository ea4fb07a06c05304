"""Outgoing webhooks: whom to tell, what to say and how, where a call may go, what an answer means."""

from services.gateway.domain.hooks.addresses import refused
from services.gateway.domain.hooks.hook import Endpoint, Hook, endpoints
from services.gateway.domain.hooks.outcome import Outcome, outcome, pause
from services.gateway.domain.hooks.sending import Request, request
from services.gateway.domain.hooks.telling import calls, told

__all__ = [
    "Endpoint",
    "Hook",
    "Outcome",
    "Request",
    "calls",
    "endpoints",
    "outcome",
    "pause",
    "refused",
    "request",
    "told",
]
