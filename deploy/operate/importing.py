"""Bringing files into a library: each is sent until there is an answer, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.local import stack
from deploy.local.errors import LocalError
from deploy.operate.import_files import Read
from deploy.operate.parking import Seen, nothing_seen
from shared.clock import new_id

AT_ONCE = 4
PATIENCE_S = 120.0
"""For how long a file is sent again while its answer is still to come, or the gateway asks to wait."""
WAIT_S = 0.5
LONGEST_WAIT_S = 60.0
TIMEOUT_S = 30.0
LATER = frozenset({202, 429, 502, 503, 504})
IN_USE = "idempotency-key-in-use"
NOT_ALLOWED = frozenset({401, 403})
FOUND = "secret-or-personal-data"

Json = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A gateway, and the key of an admin there."""

    url: str
    key: str


@dataclass(frozen=True)
class Allowed:
    """The findings that may stay in a text, by their ids, and why."""

    ids: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of one file: `created`, `changed`, `unchanged`, `read` when nobody was asked, or `failed`.

    `findings` are what should not be in a text: what holds a file back.
    """

    file: Read
    outcome: str
    id: str | None = None
    page: str | None = None
    problem: str = ""
    findings: tuple[Json, ...] = field(default=())


def find(url: str | None, key: str | None) -> Place | None:
    """Return the gateway that is named, else the one that runs here; None when there is none.

    Raises: LocalError when only half of it is said, or nobody of the stack here is an admin.
    """
    if url and key:
        return Place(url.rstrip("/"), key)
    if url or key:
        msg = "give both --url and --key, or neither: then the stack that runs here is meant"
        raise LocalError(msg)
    found = stack.status()
    if found is None:
        return None
    admins = [known["key"] for known in found.run.keys.values() if known["role"] == "admin"]
    if not admins:
        msg = "none of the keys of the stack here is an admin's; give --url and --key"
        raise LocalError(msg)
    return Place(found.run.gateway_url, admins[0])


def only_read(rows: Sequence[Read]) -> list[Outcome]:
    """Return what came of reading the files, when there is nobody to ask."""
    return [Outcome(row, "read" if row.reading else "failed", problem=row.problem) for row in rows]


async def bring_in(
    rows: Sequence[Read], place: Place, allowed: Allowed, *, dry_run: bool, seen: Seen = nothing_seen
) -> list[Outcome]:
    """Send what was read to a gateway, and return what came of each file, in their order.

    Raises: LocalError when the key may not import, or nobody answers there; httpx.HTTPError for any other trouble.
    """
    headers = {"Authorization": f"Bearer {place.key}"}
    async with httpx.AsyncClient(base_url=place.url, headers=headers, timeout=TIMEOUT_S) as client:
        try:
            return await send_all(rows, client, allowed, dry_run=dry_run, seen=seen)
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            msg = f"no gateway answers at {place.url}: {error}"
            raise LocalError(msg) from error


async def send_all(
    rows: Sequence[Read], client: httpx.AsyncClient, allowed: Allowed, *, dry_run: bool, seen: Seen = nothing_seen
) -> list[Outcome]:
    """Do what `bring_in` does by a client that knows the gateway and the key. Raises: as it does."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(row: Read) -> Outcome:
        async with turns:
            came = await _send(client, row, allowed, dry_run=dry_run)
        seen()
        return came

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(row)) for row in rows]
    except ExceptionGroup as failed:  # of several that fail at once one is enough to be told
        raise failed.exceptions[0] from failed
    return [task.result() for task in tasks]


async def _send(client: httpx.AsyncClient, row: Read, allowed: Allowed, *, dry_run: bool) -> Outcome:
    if row.reading is None:
        return Outcome(row, "failed", problem=row.problem)
    body = {**row.reading.body(), "dry_run": dry_run}
    answer = await _answered(client, body)
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and (justified := _justified(answer, allowed)):
        answer = await _answered(client, {**body, "justifications": justified})
    return _outcome(row, answer)


async def _answered(client: httpx.AsyncClient, body: Json) -> httpx.Response:
    """Return the answer to a file, sent again under one key until it is one. Raises: LocalError, httpx.HTTPError."""
    headers = {"Idempotency-Key": new_id()}
    waited = 0.0
    while True:
        try:
            answer = await client.post("/v1/imports", json=body, headers=headers)
        except httpx.TimeoutException:
            if waited >= PATIENCE_S:
                raise
            waited += TIMEOUT_S
            continue
        if answer.status_code in NOT_ALLOWED:
            msg = f"the gateway does not let this key import: {_problem(answer).get('detail', answer.text)}"
            raise LocalError(msg)
        if waited >= PATIENCE_S or not _is_to_come(answer):
            return answer
        pause = _pause(answer)
        await asyncio.sleep(pause)
        waited += pause


def _is_to_come(answer: httpx.Response) -> bool:
    return answer.status_code in LATER or _problem(answer).get("rule") == IN_USE


def _pause(answer: httpx.Response) -> float:
    after = answer.headers.get("Retry-After", "")
    return min(float(after), LONGEST_WAIT_S) if after.isdecimal() else WAIT_S


def _justified(answer: httpx.Response, allowed: Allowed) -> list[Json]:
    """Return the justifications of what was found, when all of it is allowed."""
    found = [each["id"] for each in _findings(answer)]
    is_all = bool(found) and len(found) == _problem(answer).get("found", len(found)) and allowed.ids.issuperset(found)
    return [{"finding": id, "reason": allowed.reason} for id in dict.fromkeys(found)] if is_all else []


def _findings(answer: httpx.Response) -> tuple[Json, ...]:
    problem = _problem(answer)
    return tuple(problem.get("findings", ())) if problem.get("rule") == FOUND else ()


def _outcome(row: Read, answer: httpx.Response) -> Outcome:
    if answer.is_success and answer.status_code != httpx.codes.ACCEPTED:
        told: Mapping[str, Any] = answer.json()
        return Outcome(row, told["outcome"], told["id"], told["links"]["page"])
    if answer.status_code == httpx.codes.ACCEPTED:
        return Outcome(row, "failed", problem="it is accepted, and drafting has not answered yet; import it again")
    detail = _problem(answer).get("detail") or f"the gateway answers {answer.status_code}"
    return Outcome(row, "failed", problem=str(detail), findings=_findings(answer))


def _problem(answer: httpx.Response) -> Json:
    """Return the problem that an answer tells; nothing when it tells none."""
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return {}
    told: Json = answer.json()
    return told
