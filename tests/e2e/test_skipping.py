"""A postmortem is skipped and asked for again, through the services: its meeting goes, and comes back."""

from __future__ import annotations

from deploy.demo import AUTHOR
from deploy.demo.driver import Driver
from tests.e2e.test_after_publication import sent

REASON = {"reason": "It was a drill."}


def listed(driver: Driver, query: str) -> list[str]:
    """Return which postmortems a list has; this one is among the newest."""
    page = driver.get(AUTHOR, f"/v1/postmortems?limit=100&{query}")
    return [each["id"] for each in page["items"]]


def test_what_is_skipped_loses_its_meeting_and_is_kept_and_comes_back_as_a_draft_with_a_meeting(driver: Driver) -> None:
    driver.report_incident()
    draft = driver.draft(AUTHOR)
    owner, uid = draft["owner"]["email"], driver.meeting(AUTHOR, "tentative")["uid"]
    driver.act(owner, "POST", "/submit")
    skipped = driver.act(owner, "POST", "/skip", REASON)
    assert (skipped["status"], skipped["skipped"]["reason"], skipped["timeliness"]) == (
        "skipped",
        "It was a drill.",
        None,
    )
    driver.meeting(AUTHOR, "cancelled")
    driver.on_the_calendar(uid, "CANCELLED")
    assert driver.id in listed(driver, "status=skipped")
    assert driver.id not in listed(driver, "")
    assert sent(driver, owner, "POST", "/submit", None).json()["rule"] == "postmortem-skipped"
    back = driver.act(AUTHOR, "POST", "/require", {"reason": "It was none."})
    assert (back["status"], back["skipped"], back["timeliness"]) == ("draft", None, "on_time")
    assert back["revision"] == draft["revision"] + 1
    assert driver.meeting(AUTHOR, "tentative")["uid"] == uid
    driver.on_the_calendar(uid, "TENTATIVE")
    driver.act(owner, "POST", "/submit")
    assert driver.approve_as_reviewers(AUTHOR)["status"] in ("approved", "published")
