"""Two incidents in one postmortem on the whole stack: merged while in review, told more, and apart again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.demo import AUTHOR
from deploy.demo.driver import Driver
from deploy.local.run import Run


def late_note(driver: Driver) -> dict[str, Any]:
    """Return a note on an incident that is over."""
    return {
        "source": "pagerduty",
        "external_id": driver.incident,
        "kind": "note",
        "occurred_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
        "entry": {"text": f"Told after {driver.incident} was merged"},
    }


def told(driver: Driver) -> dict[str, Any]:
    """Return what a person reads of a postmortem now."""
    return driver.get(AUTHOR)


def test_an_incident_is_merged_with_its_review_and_meeting_off_and_goes_on_when_it_is_taken_out(
    driver: Driver, running: Run
) -> None:
    other = Driver(running.as_json())
    for each in (driver, other):
        each.report_incident()
        each.draft(AUTHOR)
    other.act(AUTHOR, "POST", "/submit")
    other.until("reviewers", lambda: told(other), lambda s: s["review"]["reviewers"])
    uid = other.meeting(AUTHOR, "tentative")["uid"]
    driver.act(AUTHOR, "POST", "/incidents", {"source": "pagerduty", "external_id": other.incident})
    both = driver.until("both incidents", lambda: told(driver), lambda s: len(s["incidents"]) == 2)
    assert {line["external_id"] for line in both["timeline"]} == {driver.incident, other.incident}
    assert both["durations"]["time_to_resolve_s"] > 0
    assert other.incident in both["sections"]["impact"]
    merged = other.until("the merge", lambda: told(other), lambda s: s["status"] == "closed")
    assert merged["merged_into"]["id"] == driver.id
    other.meeting(AUTHOR, "cancelled")
    other.on_the_calendar(uid, "CANCELLED")
    tool = {"Authorization": f"Bearer {driver.key_of(driver.person('tool'))}"}
    driver.send("POST", "/v1/incidents", json=late_note(other), headers=tool, fine=frozenset({202}))
    driver.until("the late note", lambda: told(driver), lambda s: "Told after" in str(s["timeline"]))

    driver.act(AUTHOR, "DELETE", f"/incidents/{other.id}")
    driver.until("one incident", lambda: told(driver), lambda s: len(s["incidents"]) == 1)
    assert other.incident not in str(told(driver)["sections"])
    apart = other.until("its own draft", lambda: told(other), lambda s: s["status"] == "draft")
    assert (apart["revision"], apart["merged_into"]) == (2, None)
    assert "Told after" in str(apart["timeline"])
    other.meeting(AUTHOR, "tentative")
    other.on_the_calendar(uid, "TENTATIVE")
    other.act(AUTHOR, "POST", "/submit")
    assert other.approve_as_reviewers(AUTHOR)["status"] == "approved"
    other.meeting(AUTHOR, "scheduled")
