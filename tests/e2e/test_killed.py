"""Any one service is killed in the middle, again and again; the way ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from deploy.demo import AUTHOR, sections
from deploy.demo.driver import Driver
from deploy.local import stack
from deploy.local.run import Run

ROOMS = ("drafting", "review", "calendar", "distribution", "gateway")


@contextmanager
def killed(room: str, folder: Path) -> Iterator[None]:
    """Kill a room without warning; go on while it is dead and is started again beside us."""
    status = stack.status(folder)
    assert status
    os.kill(status.run.pids[room], signal.SIGKILL)
    with ThreadPoolExecutor(1) as beside:
        restarted: Future[Run] = beside.submit(stack.restart, room, folder)
        yield
        assert restarted.result(timeout=60)


@pytest.mark.parametrize("room", ROOMS)
def test_killed_at_every_stage_it_still_ends_with_one_meeting_and_every_mail(
    room: str, folder: Path, driver: Driver
) -> None:
    driver.report_incident()
    with killed(room, folder):
        driver.draft(AUTHOR)
        driver.meeting(AUTHOR, "tentative")
    driver.edit(AUTHOR, sections())
    driver.act(AUTHOR, "POST", "/submit")
    with killed(room, folder):
        approved = driver.approve_as_reviewers(AUTHOR)
        meeting = driver.meeting(AUTHOR, "scheduled")
    driver.on_the_calendar(meeting["uid"], "CONFIRMED")
    driver.act(approved["owner"]["email"], "POST", "/publish")
    with killed(room, folder):
        publication = driver.delivered(AUTHOR)
    ids = defaultdict(set)
    for mail in driver.until("the mails", driver.mails, lambda found: len(found) >= publication["recipients"]):
        ids[str(mail["To"])].add(str(mail["Message-ID"]))
    assert publication["accepted"] == publication["recipients"] == len(ids)
    assert all(len(message_ids) == 1 for message_ids in ids.values())
    assert driver.get(AUTHOR)["status"] == "published"


@pytest.mark.parametrize("room", ROOMS)
def test_told_to_stop_it_is_gone_soon_and_gives_back_what_it_had(room: str, folder: Path, driver: Driver) -> None:
    for body in driver.deliveries(datetime.now(UTC) - timedelta(hours=1)):
        driver.deliver(body)
    status = stack.status(folder)
    assert status
    process = psutil.Process(status.run.pids[room])
    process.terminate()
    psutil.wait_procs([process], timeout=15)  # the grace that compose and Kubernetes are told to give
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    stack.restart(room, folder)
    assert driver.draft(AUTHOR)["timeline"][-1]["kind"] == "resolved"


def test_killed_while_incidents_are_merged_and_parted_it_leaves_no_half_of_it(
    folder: Path, driver: Driver, running: Run
) -> None:
    other = Driver(running.as_json())
    for each in (driver, other):
        each.report_incident()
        each.draft(AUTHOR)
    with killed("drafting", folder):
        driver.act(AUTHOR, "POST", "/incidents", {"postmortem_id": other.id})
    with killed("drafting", folder):  # it has answered, and may not have told itself yet
        driver.until("both incidents", lambda: driver.get(AUTHOR), lambda seen: len(seen["incidents"]) == 2)
        merged = other.until("the merge", lambda: other.get(AUTHOR), lambda seen: seen["merged_into"])
    assert (merged["status"], merged["merged_into"]["id"]) == ("closed", driver.id)
    driver.act(AUTHOR, "DELETE", f"/incidents/{other.id}")
    with killed("drafting", folder):
        driver.until("one incident", lambda: driver.get(AUTHOR), lambda seen: len(seen["incidents"]) == 1)
        apart = other.until("its own draft", lambda: other.get(AUTHOR), lambda seen: seen["status"] == "draft")
    assert apart["merged_into"] is None
    assert {line["external_id"] for line in apart["timeline"]} == {other.incident}
    assert {line["external_id"] for line in driver.get(AUTHOR)["timeline"]} == {driver.incident}
