"""What each room tells of itself over HTTP: whether it is ready, its version, and what it has not said yet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import httpx
from prometheus_client.parser import text_string_to_metric_families

from services.gateway.domain.operating import RoomState

WITHIN_S = 2.0
OUTBOX, OLDEST = "afterword_outbox_documents", "afterword_outbox_oldest_seconds"
UNKNOWN = "No address of it is set (AFTERWORD_ROOMS), so only its queues are known."


class HttpRooms:
    """The rooms, at the addresses of the settings; `names` is their order, with or without an address."""

    def __init__(self, names: Sequence[str], addresses: Mapping[str, str]) -> None:
        self.names = names
        self.addresses = addresses

    async def states(self) -> Sequence[RoomState]:
        """Return each room's state; one that does not answer says so in its `trouble`."""
        async with httpx.AsyncClient(timeout=WITHIN_S, trust_env=False) as client:
            return await asyncio.gather(*(self._state(client, name) for name in self.names))

    async def _state(self, client: httpx.AsyncClient, name: str) -> RoomState:
        address = self.addresses.get(name)
        if address is None:
            return RoomState(name=name, trouble=UNKNOWN)
        try:
            ready, metrics = await asyncio.gather(
                client.get(f"{address.rstrip('/')}/health/ready"), client.get(f"{address.rstrip('/')}/metrics")
            )
            return _told(name, ready, metrics)
        except (httpx.HTTPError, ValueError) as error:
            return RoomState(name=name, trouble=f"It does not answer: {str(error) or type(error).__name__}")


def _told(name: str, ready: httpx.Response, metrics: httpx.Response) -> RoomState:
    """Return what the answers say. Raises: ValueError when they are not a room's."""
    is_ready = ready.status_code == httpx.codes.OK
    figures = _figures(metrics.text, name)
    return RoomState(
        name=name,
        version=str(ready.json().get("version", "")),
        is_ready=is_ready,
        outbox=int(figures[OUTBOX]) if OUTBOX in figures else None,
        oldest_s=figures.get(OLDEST),
        trouble="" if is_ready else "It is not ready: a server that it needs does not answer, or it has just started.",
    )


def _figures(text: str, name: str) -> dict[str, float]:
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {each.name: each.value for each in samples if each.labels.get("room") == name}
