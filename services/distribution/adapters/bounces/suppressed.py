"""Mails that wait though mail to their address came back too often: those are not sent any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.distribution.domain import Delivery
from services.distribution.ports import Standings
from shared.contracts.bounces import address_id


class Suppressed:
    """Holds mails of every kind back from addresses that get none."""

    def __init__(self, standings: Standings) -> None:
        self.standings = standings

    async def held(self, rows: Sequence[Delivery]) -> Mapping[str, str]:
        """Return of these rows those that are not to be mailed, by id, and why."""
        addresses = {row.id: address_id(row.recipient) for row in rows}
        why = await self.standings.suppressions(set(addresses.values()))
        return {
            id: f"mail to this address came back: {why[address]}" for id, address in addresses.items() if address in why
        }
