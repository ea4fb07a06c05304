"""Rate limits, counted in the memory of this process by the library `limits`."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from services.gateway.domain.rates import Policy, Quota


class CountedRates:
    """Fixed windows: what is left and until when is exact, and costs no round trip.

    Each policy has a storage of its own, since each looks through all that it counts now and then: whoever sends bad
    credentials from thousands of addresses slows nobody else down.
    """

    def __init__(self, limits: Mapping[Policy, RateLimitItem]) -> None:
        self.limits = limits
        self.limiters = {policy: FixedWindowRateLimiter(MemoryStorage()) for policy in limits}

    async def take(self, policy: Policy, who: str) -> Quota:
        """Count one request; return what is left, and whether it was one too many."""
        limit, limiter = self.limits[policy], self.limiters[policy]
        is_within = await limiter.hit(limit, who)
        reset, remaining = await limiter.get_window_stats(limit, who)
        return Quota(
            policy=policy,
            limit=limit.amount,
            window=limit.get_expiry(),
            remaining=remaining,
            reset=max(1, math.ceil(reset - time.time())),
            is_over=not is_within,
        )
