"""Mails that wait while their person unsubscribes from the list that brings them: those are not sent any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.distribution.domain import Delivery
from services.distribution.ports import Unsubscribed
from shared.contracts.lists import subscription_id


class Leavers:
    """Holds reports back from whoever has unsubscribed since they were published. Notices are of no list."""

    def __init__(self, unsubscribed: Unsubscribed) -> None:
        self.unsubscribed = unsubscribed

    async def held(self, rows: Sequence[Delivery]) -> Mapping[str, str]:
        """Return of these rows those that are not to be mailed any more, by id, and why."""
        asked = {row.id: subscription_id(row.list, row.recipient) for row in rows if row.notice is None}
        left = await self.unsubscribed.left(set(asked.values())) if asked else frozenset()
        return {id: "unsubscribed since it was published" for id, subscription in asked.items() if subscription in left}
