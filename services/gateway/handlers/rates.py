"""Rate limits at the door: every counted request's answer tells what is left, one too many is a problem."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi import Request

from services.gateway.domain.addresses import client_address
from services.gateway.domain.rates import Policy
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps

log = structlog.get_logger(__name__)


async def take(
    request: Request, deps: Deps, policy: Policy, who: str, status: int = HTTPStatus.TOO_MANY_REQUESTS
) -> None:
    """Count a request. Raises: Problem with this status when it is one too many."""
    quota = await deps.rates.take(policy, who)
    request.state.rate_headers = quota.headers()
    if quota.is_over:
        raise Problem(
            status,
            "rate-limited",
            f"More than {quota.limit} requests in {quota.window} seconds ({policy}). Send it again in {quota.reset} "
            "seconds; nothing was done.",
            headers={"Retry-After": str(quota.reset)},
        )


async def take_failed(request: Request, deps: Deps, rule: str) -> None:
    """Count a bad credential, and why it is one, against the address that it came from. Raises: Problem 429."""
    peer = request.client.host if request.client else None
    address = client_address(peer, request.headers.getlist("x-forwarded-for"), deps.proxies)
    log.info("bad credential", rule=rule, address=address)
    await take(request, deps, Policy.FAILED, address)
