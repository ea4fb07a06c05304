"""Tells review whom the provider's groups put into the community: beside the requests, once for each change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from services.gateway.domain.identity import Enrolment
from services.gateway.domain.roster import is_news, news_id
from services.gateway.ports import Messages, Reviewers, Unavailable
from shared.clock import Clock
from shared.contracts.community import FollowRoster, reviewer_id
from shared.keeping import Keeping

log = structlog.get_logger(__name__)

TOLD_EVERY_S = 1.0
AGAIN_AFTER = timedelta(minutes=10)
"""After this time what a token tells is held against the community again, should it have changed or not have heard."""
MOST = 10_000
"""People who are remembered; whoever is forgotten is looked at again."""
MOST_WAITING = 1_000
"""People who wait to be looked at. Whoever comes while so many wait is looked at when they come again."""


class _Seen(NamedTuple):
    issued_at: datetime
    belongs: bool
    at: datetime


class RosterMessages:
    """Remembers what was seen; in the background each change goes to review.

    What is lost by a crash is seen again with the next request, and found to be told or not: what the community is
    known to be decides, and the same change has the same id at every gateway.
    """

    def __init__(self, messages: Messages, reviewers: Reviewers, clock: Clock) -> None:
        self.messages = messages
        self.reviewers = reviewers
        self.clock = clock
        self._seen: Keeping[str, _Seen] = Keeping(MOST)
        self._waiting: dict[str, Enrolment] = {}

    def saw(self, told: Enrolment) -> None:
        """Take note of what a token tells."""
        email, now = told.who.email, self.clock.now()
        seen = self._seen.get(email)
        if seen and told.issued_at < seen.issued_at:
            return
        if seen and told.belongs is seen.belongs and now - seen.at < AGAIN_AFTER:
            self._seen.put(email, seen._replace(issued_at=told.issued_at))
            return
        if len(self._waiting) >= MOST_WAITING and email not in self._waiting:
            return
        self._seen.put(email, _Seen(told.issued_at, told.belongs, now))
        self._waiting[email] = told

    async def tell(self) -> None:
        """Tell what is news of those who wait. Raises: what the store raises; whoever waits goes on waiting then."""
        for email, told in list(self._waiting.items()):
            if not await self._told(told):
                return
            if self._waiting.get(email) is told:
                del self._waiting[email]

    async def _told(self, told: Enrolment) -> bool:
        """Say whether there is no more to do about somebody."""
        known = await self.reviewers.state_of(reviewer_id(told.who.email))
        if not is_news(known, told):
            return True
        command = FollowRoster(who=told.who, belongs=told.belongs, issued_at=told.issued_at)
        try:
            await self.messages.report(news_id(known, told), command)
        except Unavailable as error:
            log.warning("the community is told later of who is in a group", error=str(error))
            return False
        return True
