"""The rooms themselves: whether each says that it is ready, and all are of one version."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

from deploy.operate.doctor.finding import Finding, failed, ok, warning
from shared.trouble import line_trouble, said

CHECK = "rooms"
SETTING = "AFTERWORD_ROOMS"


async def check(urls: Mapping[str, str]) -> list[Finding]:
    """Return which rooms are ready; `urls` is where each answers HTTP."""
    if not urls:
        return [warning(CHECK, "were not looked at", help=f'set {SETTING}={{"drafting": "http://drafting:8080", ...}}')]
    async with httpx.AsyncClient(timeout=5) as client:
        told = await asyncio.gather(*(_room(client, room, url) for room, url in urls.items()))
    versions = sorted({version for _, version in told if version})
    findings = [finding for finding, _ in told]
    if len(versions) > 1:
        findings.append(warning(CHECK, f"run several versions: {', '.join(versions)}", help="finish the upgrade"))
    return findings


async def _room(client: httpx.AsyncClient, room: str, url: str) -> tuple[Finding, str | None]:
    """Return how a room is, and its version if it tells."""
    where = f"{room} at {url}"
    help = f"its log says what it waits for: `docker compose logs {room}`, or .local/log/{room}.log"
    try:
        answer = await client.get(f"{url.rstrip('/')}/health/ready")
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        trouble = line_trouble(where, error, SETTING)
        return failed(CHECK, trouble.what if trouble else said(error), where, f"start it, or see {SETTING}"), None
    version = told.get("version")
    if answer.status_code != httpx.codes.OK:
        return failed(CHECK, "runs and is not ready", where, help), version
    return ok(CHECK, "is ready", where), version
