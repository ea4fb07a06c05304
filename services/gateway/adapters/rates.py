"""Rate limits, counted in the memory of this process by the library `limits`."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage

from services.gateway.domain.rates import Policy, Quota


class CountedRates:
    """Fixed windows: what is left and until when is exact, and costs no round trip.

    Each policy has a storage of its own, since each looks through all that it counts now and then: whoever sends bad
    credentials from thousands of addresses slows nobody else down. The library's own limiter for such windows would
    make the key three times and ask for what counting has told already.
    """

    def __init__(self, limits: Mapping[Policy, RateLimitItem]) -> None:
        self.limits = limits
        self.counts = {policy: MemoryStorage() for policy in limits}

    async def take(self, policy: Policy, who: str) -> Quota:
        """Count one request; return what is left, and whether it was one too many."""
        limit, counts = self.limits[policy], self.counts[policy]
        key = limit.key_for(who)
        count = await counts.incr(key, limit.get_expiry())
        reset = await counts.get_expiry(key)
        return Quota(
            policy=policy,
            limit=limit.amount,
            window=limit.get_expiry(),
            remaining=max(0, limit.amount - count),
            reset=max(1, math.ceil(reset - time.time())),
            is_over=count > limit.amount,
        )
