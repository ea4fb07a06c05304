"""A steady load: incidents that come so many a second and go the whole way, each with people of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from deploy.demo import sections
from deploy.local.rooms import policy
from deploy.local.run import Run
from shared.clock import new_id
from shared.contracts.base import postmortem_id

ENGINEERS, REVIEWERS = 300, 60
TRIES, PAUSE_S = 120, 0.5
SOURCE = "bench"
NOT_YET = frozenset({202, 404, 409, 503})
Json = dict[str, Any]


def company() -> str:
    """Return the sample policy with many people more, so that nobody's calendar fills up."""
    people = [_person(f"engineer{n}", "engineer", "") for n in range(ENGINEERS)]
    people += [_person(f"reviewer{n}", "reviewer", "reviews = true\n") for n in range(REVIEWERS)]
    return "\n".join([Path(policy()).read_text("utf-8"), *people])


def _person(name: str, role: str, more: str) -> str:
    return f'[[people]]\nname = "{name.title()}"\nemail = "{name}@example.com"\nrole = "{role}"\n{more}'


@dataclass
class Load:
    """Drives incidents; `ended` counts what became of them."""

    run: Run
    client: httpx.AsyncClient
    ended: Counter[str] = field(default_factory=Counter)

    async def keep_on(self, rate: float, seconds: float) -> None:
        """Begin incidents at a steady rate, and wait for the last ones."""
        clock = asyncio.get_running_loop()
        began = clock.time()
        async with asyncio.TaskGroup() as under_way:
            for number in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, began + number / rate - clock.time()))
                under_way.create_task(self._one(number))

    async def _one(self, number: int) -> None:
        try:
            await self._live(f"engineer{number % ENGINEERS}@example.com")
            self.ended["through"] += 1
        except (httpx.HTTPError, TimeoutError) as error:
            self.ended[type(error).__name__] += 1

    async def _live(self, owner: str) -> None:
        """Go the whole way. Raises: HTTPStatusError for what is refused; TimeoutError for what does not come."""
        name = new_id()
        path = f"/v1/postmortems/{postmortem_id(SOURCE, name)}"
        tool = next(email for email, known in self.run.keys.items() if known["role"] == "tool")
        for kind, minutes in (("opened", 60), ("resolved", 5)):
            await self._send(tool, "POST", "/v1/incidents", json=_incident(name, owner, kind, minutes))
        draft = await self._until(owner, path, lambda seen: seen["id"])
        await self._send(
            owner, "PATCH", path, json={"sections": sections()}, headers={"If-Match": draft.headers["ETag"]}
        )
        await self._send(owner, "POST", f"{path}/submit")
        asked = (await self._until(owner, path, lambda seen: seen["review"] and seen["review"]["reviewers"])).json()
        for reviewer in asked["review"]["reviewers"]:
            verdict = {"revision": asked["revision"], "verdict": "approve"}
            await self._send(reviewer["email"], "POST", f"{path}/reviews", json=verdict)
        await self._until(owner, path, lambda seen: seen["status"] == "approved")
        await self._send(owner, "POST", f"{path}/publish")

    async def _until(self, who: str, path: str, right: Callable[[Json], Any]) -> httpx.Response:
        for _ in range(TRIES):
            answer = await self.client.get(path, headers=self._as(who))
            if answer.status_code == httpx.codes.OK and right(answer.json()):
                return answer
            await asyncio.sleep(PAUSE_S)
        raise TimeoutError(path)

    async def _send(self, who: str, method: str, path: str, **how: Any) -> None:
        """Do something once, however often it has to be sent."""
        headers = {**self._as(who), "Idempotency-Key": new_id(), **how.pop("headers", {})}

        async def again() -> httpx.Response:
            return await self.client.request(method, path, headers=headers, **how)

        (await _patiently(again)).raise_for_status()

    def _as(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.run.keys[who]['key']}"}


async def _patiently(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    for _ in range(TRIES):
        answer = await send()
        if answer.status_code not in NOT_YET or "incidents" in answer.request.url.path:
            return answer
        await asyncio.sleep(PAUSE_S)
    return answer


def _incident(name: str, owner: str, kind: str, minutes: int) -> Json:
    return {
        "source": SOURCE,
        "external_id": name,
        "kind": kind,
        "occurred_at": (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat(),
        "title": "Checkout answers slowly",
        "severity": "sev2",
        "services": ["checkout"],
        "people": [{"name": owner.partition("@")[0].title(), "email": owner, "role": "incident_commander"}],
    }
