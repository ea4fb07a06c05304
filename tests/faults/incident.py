"""One incident all the way to its publication, with everything on the way that a room can be asked or refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.demo import AUTHOR, sections
from deploy.demo.driver import Driver
from shared.clock import new_id

REFUSED = frozenset({403, 409, 422})
SOON_S = 10
FIRST_REVISION = {"revision": 1, "verdict": "approve"}


def drive(driver: Driver) -> None:
    """Go from the first webhook to the published report; the mails may still be on their way. Raises: StepFailed."""
    driver.report_incident()
    driver.draft(AUTHOR)
    driver.meeting(AUTHOR, "tentative")
    driver.edit(AUTHOR, sections())
    driver.act(AUTHOR, "POST", "/submit")
    refused(driver, AUTHOR, "/submit")
    owner = _approved(driver)
    meeting = driver.meeting(AUTHOR, "scheduled")
    refused(driver, AUTHOR, "/meeting/reschedule", {"start": _a_day_ago()})
    driver.act(driver.person("admin"), "POST", "/meeting/attendees")
    driver.on_the_calendar(meeting["uid"], "CONFIRMED")
    driver.act(owner, "POST", "/publish")
    refused(driver, owner, "/publish")
    _meet_soon(driver)


def refused(driver: Driver, who: str, path: str, body: Any = None, fine: frozenset[int] = REFUSED) -> None:
    """Ask for what a rule forbids, until the room has said no. Raises: StepFailed when it says anything else."""
    headers = {**driver._as(who), "Idempotency-Key": new_id()}
    driver.send("POST", driver.path + path, json=body, headers=headers, fine=fine)


def _approved(driver: Driver) -> str:
    """Let somebody who may not, then the reviewers approve; return who owns it."""
    driver.until("reviewers", lambda: driver.get(AUTHOR), lambda seen: seen["review"]["reviewers"])
    refused(driver, AUTHOR, "/reviews", FIRST_REVISION)
    return str(driver.approve_as_reviewers(AUTHOR)["owner"]["email"])


def _meet_soon(driver: Driver) -> None:
    """Move the meeting so that its end is near, and its timer rings; a room that was away for long may call it past."""
    start = datetime.now(UTC) + timedelta(seconds=SOON_S)
    body = {"start": start.isoformat(), "end": (start + timedelta(seconds=1)).isoformat()}
    refused(driver, AUTHOR, "/meeting/reschedule", body, REFUSED | {200})


def _a_day_ago() -> str:
    return (datetime.now(UTC) - timedelta(days=1)).isoformat()
