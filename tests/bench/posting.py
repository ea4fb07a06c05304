"""A client that costs next to nothing, so that the door is measured and not whoever knocks."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from shared.clock import new_id
from tests.bench.line import Line

PATH = "/v1/incidents"


def incidents() -> Iterator[bytes]:
    """Return bodies of POST /v1/incidents, each the opening of another incident, half a kilobyte long."""
    run = new_id()
    for number in count():
        yield json.dumps(
            {
                "source": "bench",
                "external_id": f"{run}-{number}",
                "kind": "opened",
                "occurred_at": "2026-03-02T09:14:00Z",
                "title": "Checkout answers slowly",
                "summary": "Orders fail for one in five customers since the export began. " * 3,
                "severity": "sev2",
                "services": ["checkout", "orders"],
                "url": f"https://tool.example.com/incidents/{number}",
                "people": [{"name": "Ben Okafor", "email": "ben.okafor@example.com", "role": "incident_commander"}],
            }
        ).encode()


@dataclass
class Poster:
    """Posts over as many connections as are wanted at once, and counts what is answered."""

    url: str
    key: str
    statuses: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._line = Line(self.url)
        self._headers = {"Authorization": f"Bearer {self.key}"}

    async def post(self, body: bytes) -> None:
        """Post one body and wait for the whole answer; the same content again is one event.

        Raises: TimeoutError, OSError, and EOFError.
        """
        answer = await self._line.ask("POST", PATH, body, self._headers)
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1

    def close(self) -> None:
        """Close every connection."""
        self._line.close()


async def open_loop(poster: Poster, rate: float, seconds: float) -> list[float]:
    """Post so many a second, whether or not earlier ones are answered; return the seconds from when each was due.

    A client that waits for an answer before it sends the next would leave out the very requests that had to wait.
    """
    bodies, began, waited = incidents(), time.perf_counter() + 0.1, []

    async def one(due: float) -> None:
        await poster.post(next(bodies))
        waited.append(time.perf_counter() - due)

    async with asyncio.TaskGroup() as posting:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            posting.create_task(one(due))
    return waited


async def closed_loop(poster: Poster, at_once: int, requests: int) -> float:
    """Post so many, a number of them at a time; return how many were answered a second."""
    bodies, left = incidents(), iter(range(requests))

    async def one_after_the_other() -> None:
        for _ in left:
            await poster.post(next(bodies))

    began = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    return requests / (time.perf_counter() - began)
