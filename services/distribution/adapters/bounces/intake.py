"""What comes back, from whichever way in: whose it is, what it says, and then it is counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import structlog
from prometheus_client import Counter

from services.distribution.adapters.bounces.reading import Ignored, read
from services.distribution.adapters.bounces.return_paths import ReturnPaths
from services.distribution.domain.bouncing import Report

log = structlog.get_logger(__name__)

BOUNCES = Counter("afterword_mail_bounces", "mails that came to a return path, by what was read out of them", ["what"])

Take = Callable[[str, Sequence[Report]], Awaitable[str]]
"""Takes what was reported of a delivery; durable when it returns what became of it."""


class Intake:
    """Takes returned mails."""

    def __init__(self, paths: ReturnPaths, take: Take) -> None:
        self.paths = paths
        self.take = take

    def knows(self, address: str) -> bool:
        """Say whether an address is a return path of ours; one that only looks like it is counted."""
        if self.paths.read(address):
            return True
        BOUNCES.labels("forged").inc()
        log.info("not a return path of ours", address=address[:100])
        return False

    async def accept(self, address: str, mail: bytes) -> str:
        """Take one mail; durable when it returns what it was. Raises: what the store raises, then it may come again."""
        delivery = self.paths.read(address)
        if delivery is None:
            return self._counted("forged", address)
        found = read(mail)
        if isinstance(found, Ignored):
            return self._counted(found.what, delivery)
        return self._counted(await self.take(delivery, found), delivery)

    def _counted(self, what: str, of: str) -> str:
        BOUNCES.labels(what).inc()
        log.info("a mail came back", what=what, of=of[:100])
        return what
