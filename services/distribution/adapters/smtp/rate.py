"""How fast mails may go to the relay: one gate for all connections of this process."""

from __future__ import annotations

import asyncio

from aiolimiter import AsyncLimiter

from services.distribution.domain import Rate

BURST_S = 0.1
"""So much of the rate may go at once: no window of time has noticeably more than the rate allows."""


PACED_S = 1.0
"""A batch that takes longer waits before its first mail, not between them: what became of mails is written down behind
the last of them, and whoever is stopped in between would send them twice."""


class Gate:
    """Lets through as many recipients as the rate says; all of them without one."""

    def __init__(self, rate: Rate | None = None) -> None:
        self._limiter: AsyncLimiter | None = None
        self._seconds_each = rate.seconds / rate.mails if rate else 0.0
        self._one_batch_at_a_time = asyncio.Lock()
        if rate is not None:
            burst = max(1.0, BURST_S * rate.mails / rate.seconds)
            self._limiter = AsyncLimiter(burst, burst * rate.seconds / rate.mails)

    async def batch(self, recipients: int) -> Gate:
        """Return what lets through the mails of a batch one by one, once its first one may go."""
        if recipients * self._seconds_each <= PACED_S:
            return self
        async with self._one_batch_at_a_time:
            await self.wait(recipients)
        return Gate()

    def is_open(self, recipients: int) -> bool:
        """Say whether so many may go without waiting."""
        return self._limiter is None or self._limiter.has_capacity(recipients)

    async def wait(self, recipients: int) -> None:
        """Wait until so many may go."""
        if self._limiter is not None:
            for _ in range(recipients):
                await self._limiter.acquire()
