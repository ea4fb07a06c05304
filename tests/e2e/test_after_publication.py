"""What goes on after publication, through all five services: a correction, and the action items."""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx

from deploy.demo import AUTHOR, tell
from deploy.demo.driver import Driver, text_of
from shared.clock import new_id
from shared.contracts.base import content_hash
from tests.e2e.test_one_incident import calendar_entries, refused

NOTE = "It was 513 orders, not 412."


def sent(driver: Driver, who: str, method: str, path: str, body: Any, **headers: str) -> httpx.Response:
    """Send one request as somebody and return whatever is answered."""
    given = {"Authorization": f"Bearer {driver.key_of(who)}", "Idempotency-Key": new_id(), **headers}
    return driver.client.request(method, driver.path + path, json=body, headers=given)


def tag(driver: Driver, path: str = "") -> str:
    return str(sent(driver, AUTHOR, "GET", path, None).headers["ETag"])


def approve(driver: Driver, revision: int) -> None:
    """Approve as each reviewer as soon as the review has begun; who was asked before is asked again."""
    verdict = {"revision": revision, "verdict": "approve"}
    for reviewer in driver.get(AUTHOR)["review"]["reviewers"]:
        give = partial(sent, driver, reviewer["email"], "POST", "/reviews", verdict)
        driver.until(f"the review of revision {revision}", give, lambda answer: answer.status_code == httpx.codes.OK)


def test_a_correction_goes_the_whole_way_and_out_to_everybody_and_the_meeting_stays_as_it_is(driver: Driver) -> None:
    assert refused(driver, AUTHOR, "/corrections", {"note": NOTE})[0] == 404
    first = tell(driver, lambda _: None)
    before = first.postmortem
    entry, entries = (
        driver.on_the_calendar(before["meeting"]["uid"], "CONFIRMED").to_ical(),
        len(calendar_entries(driver)),
    )
    body = {"note": NOTE, "sections": {"impact": "513 orders timed out.\n"}}
    assert sent(driver, AUTHOR, "POST", "/corrections", body).status_code == 428
    opened = driver.act(AUTHOR, "POST", "/corrections", body, **{"If-Match": tag(driver)})
    assert (opened["status"], opened["revision"]) == ("draft", before["revision"] + 1)
    assert opened["publication"] == before["publication"]
    again = sent(driver, AUTHOR, "POST", "/corrections", body, **{"If-Match": tag(driver)})
    assert (again.status_code, again.json()["rule"]) == (409, "correction-open")
    driver.edit(AUTHOR, {"impact": "513 orders timed out, all of them were sent again.\n"})
    submitted = driver.act(AUTHOR, "POST", "/submit")
    assert submitted["status"] == "in_review"
    approve(driver, submitted["revision"])
    after = driver.until(
        "the corrected report",
        lambda: driver.get(AUTHOR),
        lambda seen: (
            seen["status"] == "published"
            and seen["publication"]["revision"] == submitted["revision"]
            and not seen["publication"]["pending"]
        ),
    )
    assert after["publication"]["correction_of"] == before["revision"]
    assert after["publication"]["changes"]
    assert after["content_hash"] == content_hash(
        after["title"], after["severity"], after["services"], after["sections"]
    )
    recipients = before["publication"]["recipients"]
    assert (after["publication"]["accepted"], after["publication"]["recipients"]) == (recipients, recipients)
    mails = driver.until("the mails", driver.mails, lambda found: len(found) >= 2 * recipients)
    ids = {str(mail["To"]): str(mail["Message-ID"]) for mail in first.mails}
    corrections = [mail for mail in mails if "correction]" in str(mail["Subject"])]
    assert len(corrections) == recipients == len(mails) - len(corrections)
    for mail in corrections:
        assert str(mail["In-Reply-To"]) == ids[str(mail["To"])]
        assert NOTE in text_of(mail)
        assert "all of them were sent again" in text_of(mail)
    (listed,) = driver.get(AUTHOR, f"{driver.path}/corrections")["items"]
    assert (listed["revision"], listed["correction_of"]) == (submitted["revision"], before["revision"])
    assert (listed["note"], listed["by"], listed["status"]) == (NOTE, AUTHOR, "published")
    assert after["meeting"] == before["meeting"]
    assert driver.on_the_calendar(before["meeting"]["uid"], "CONFIRMED").to_ical() == entry
    assert len(calendar_entries(driver)) == entries
    is_withdrawn_and_leaves_what_is_published(driver, after)


def is_withdrawn_and_leaves_what_is_published(driver: Driver, before: dict[str, Any]) -> None:
    """Open another correction, have it reviewed, and give it up."""
    body = {"note": "It was 514.", "sections": {"impact": "514 orders timed out.\n"}}
    driver.act(AUTHOR, "POST", "/corrections", body, **{"If-Match": tag(driver)})
    submitted = driver.act(AUTHOR, "POST", "/submit")
    mails = len(driver.mails())
    answer = sent(driver, AUTHOR, "DELETE", "/corrections/current", None, **{"If-Match": tag(driver)})
    assert answer.status_code == 200, answer.text
    back = answer.json()
    assert (back["status"], back["revision"]) == ("published", submitted["revision"] + 1)
    assert (back["content_hash"], back["publication"]) == (before["content_hash"], before["publication"])
    reviewer = before["review"]["reviewers"][0]["email"]
    verdict = {"revision": submitted["revision"], "verdict": "approve"}
    late = partial(sent, driver, reviewer, "POST", "/reviews", verdict)
    refusal = driver.until("the end of the review", late, lambda answer: answer.status_code == httpx.codes.CONFLICT)
    assert refusal.json()["rule"] in ("stale-revision", "not-in-review")
    listed = driver.get(AUTHOR, f"{driver.path}/corrections")["items"]
    assert [each["status"] for each in listed] == ["published", "withdrawn"]
    assert listed[1]["correction_of"] == before["revision"]
    assert len(driver.mails()) == mails
    assert sent(driver, AUTHOR, "DELETE", "/corrections/current", None, **{"If-Match": "*"}).status_code == 409
    is_closed_when_what_follows_is_filed(driver)


def is_closed_when_what_follows_is_filed(driver: Driver) -> None:
    """Add an action item, then file it in a tracker."""
    owner = {"name": "Ben Okafor", "email": "ben.okafor@example.com"}
    new = {"text": "Set the size of the pool in our own configuration", "owner": owner, "due": "2026-12-31"}
    item = sent(driver, AUTHOR, "POST", "/action-items", new)
    assert (item.status_code, driver.get(AUTHOR)["status"]) == (201, "published")
    filed, path = {"tracker_url": "https://tracker.example.com/CHK-77"}, f"/action-items/{item.json()['id']}"
    assert sent(driver, AUTHOR, "PATCH", path, filed, **{"If-Match": item.headers["ETag"]}).status_code == 200
    driver.until("its end", lambda: driver.get(AUTHOR), lambda seen: seen["status"] == "closed")


def test_action_items_are_followed_up_before_and_after_publication(driver: Driver) -> None:
    driver.report_incident()
    driver.draft(AUTHOR)
    owner = {"name": "Ben Okafor", "email": "ben.okafor@example.com"}
    new = {"text": "Set the size of the pool in our own configuration", "owner": owner, "due": "2026-01-31"}
    once = {"Idempotency-Key": new_id()}
    answers = [sent(driver, AUTHOR, "POST", "/action-items", new, **once) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    (id,) = {answer.json()["id"] for answer in answers}
    second = sent(driver, AUTHOR, "POST", "/action-items", {**new, "text": "Warn of a full pool"}).json()
    assert [item["id"] for item in driver.get(AUTHOR)["action_items"]] == [id, second["id"]]
    path = f"/action-items/{id}"
    etag = tag(driver, path)
    changed = sent(driver, AUTHOR, "PATCH", path, {"state": "in_progress"}, **{"If-Match": etag})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert sent(driver, AUTHOR, "PATCH", path, {"state": "done"}, **{"If-Match": etag}).status_code == 412
    declined = sent(driver, AUTHOR, "PATCH", path, {"state": "wont_do"}, **{"If-Match": tag(driver, path)})
    assert (declined.status_code, declined.json()["field"]) == (422, "reason")
    mine = driver.get(owner["email"], "/v1/action-items?owner=me&overdue=true&limit=100")["items"]
    assert {item["id"] for item in mine if item["postmortem"]["id"] == driver.id} == {id, second["id"]}
    done = sent(driver, AUTHOR, "PATCH", path, {"state": "done"}, **{"If-Match": changed.headers["ETag"]}).json()
    assert (done["state"], bool(done["done_at"])) == ("done", True)
    late = driver.get(owner["email"], "/v1/action-items?owner=me&overdue=true&limit=100")["items"]
    assert id not in {item["id"] for item in late}
    assert driver.get(AUTHOR)["revision"] == 1
