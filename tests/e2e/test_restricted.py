"""A restricted incident through all five services: those whom it names work on it, nobody else learns of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from deploy.demo import AUTHOR, sections
from deploy.demo.driver import Driver
from deploy.local.run import Run
from services.gateway.domain.sources.incident_io import sign
from shared.contracts.base import postmortem_id
from tests.e2e.test_one_incident import recipients

OWNER = "ben.okafor@example.com"
READERS = ["dina.haddad@example.com", "elias.berg@example.com"]
STRANGERS = (AUTHOR, "farah.nasser@example.com", "hana.sato@example.com")
"""An engineer, a reviewer and the admin."""
SECRETS = ("Sekrit", "payroll", "SEV2", "sev2")
PATHS = ("", "/meeting", "/deliveries")


class PrivateDriver(Driver):
    """Drives an incident that is private in incident.io."""

    @property
    def id(self) -> str:
        """The postmortem's id, known before anything is sent."""
        return postmortem_id("incident-io", self.incident)

    def created(self) -> None:
        """Send the webhook, which of a private incident tells the id alone."""
        kind = "private_incident.incident_created_v2"
        body = json.dumps({"event_type": kind, kind: {"id": self.incident}}).encode()
        at = str(int(datetime.now(UTC).timestamp()))
        headers = {
            "webhook-id": f"msg_{self.incident}",
            "webhook-timestamp": at,
            "webhook-signature": sign(body, self.run["webhook_secrets"]["incident-io"], f"msg_{self.incident}", at),
            "Content-Type": "application/json",
        }
        self.send("POST", "/v1/webhooks/incident-io", content=body, headers=headers, fine=frozenset({202}))

    def over(self) -> None:
        """Say as somebody who may see it that it is over, how bad it was, and who took part."""
        event = {
            "source": "incident-io",
            "external_id": self.incident,
            "kind": "resolved",
            "occurred_at": (datetime.now(UTC) + timedelta(seconds=1)).isoformat(),
            "title": "Sekrit leak of payroll",
            "severity": "sev2",
            "services": ["payroll"],
            "people": [{"name": "Ben Okafor", "email": OWNER, "role": "incident_commander"}],
        }
        tool = self._as(self.person("tool"))
        self.send("POST", "/v1/incidents", json=event, headers=tool, fine=frozenset({202}))


@pytest.fixture
def private(running: Run) -> PrivateDriver:
    return PrivateDriver(running.as_json())


def change(driver: Driver, who: str, **fields: Any) -> dict[str, Any]:
    return driver.act(who, "PATCH", "", fields, **{"If-Match": "*"})


def is_hidden(driver: Driver) -> bool:
    """Hold that nobody who is not named finds it, in any way of reading."""
    for who in STRANGERS:
        assert {driver.get(who, driver.path + path).get("rule") for path in PATHS} == {"unknown-postmortem"}
        for query in ("", "&q=Sekrit", "&tag=payroll", "&service=payroll", f"&owner={OWNER}"):
            listed = driver.get(who, f"/v1/postmortems?limit=100{query}")
            assert driver.id not in {item["id"] for item in listed["items"]}
    return True


def entry(driver: Driver, uid: str) -> str:
    """Return the entry's text as a reader of the shared calendar gets it, unfolded."""
    caldav = driver.run["caldav"]
    reader = caldav["reader"]
    answer = httpx.get(f"{caldav['url'].rstrip('/')}/{uid}.ics", auth=(reader["username"], reader["password"]))
    return answer.text.replace("\r\n ", "") if answer.is_success else ""


def attendees(text: str) -> set[str]:
    found = Calendar.from_ical(text).walk("VEVENT")[0].get("ATTENDEE", [])
    return {str(each).removeprefix("mailto:") for each in (found if isinstance(found, list) else [found])}


def tells_nothing(text: str) -> bool:
    return "CLASS:PRIVATE" in text and not any(secret in text for secret in SECRETS)


def test_a_private_incident_is_reviewed_met_about_and_mailed_among_those_whom_it_names(private: PrivateDriver) -> None:
    private.created()
    private.over()
    draft = private.draft(OWNER)
    assert (draft["restricted"], draft["readers"], draft["owner"]["email"]) == (True, [], OWNER)
    assert is_hidden(private)
    uid = private.meeting(OWNER, "tentative")["uid"]
    held = entry(private, uid)
    assert tells_nothing(held), held
    assert attendees(held) == {OWNER}

    opened = change(private, OWNER, readers=READERS, tags=["payroll"])
    assert (opened["revision"], opened["readers"], opened["tags"]) == (draft["revision"], READERS, ["payroll"])
    assert private.get(READERS[0])["title"] == "Sekrit leak of payroll"
    private.edit(OWNER, sections())
    private.act(OWNER, "POST", "/submit")
    approved = private.approve_as_reviewers(OWNER)
    assert {reviewer["email"] for reviewer in approved["review"]["reviewers"]} == set(READERS)
    assert private.meeting(OWNER, "scheduled")["uid"] == uid
    met = entry(private, uid)
    assert "STATUS:CONFIRMED" in met
    assert tells_nothing(met), met
    assert attendees(met) == {OWNER, *READERS}

    private.act(OWNER, "POST", "/publish")
    private.delivered(OWNER)
    private.until("the mails", lambda: recipients(private), lambda found: set(found) == {OWNER, *READERS})
    assert set(recipients(private).values()) == {1}
    for mail in private.mails():
        assert str(mail["Subject"]) == f"[Postmortem] Restricted report {private.id[:8]}"
        assert not any(secret in str(value) for value in mail.values() for secret in SECRETS)
    assert is_hidden(private)

    change(private, OWNER, restricted=False)
    assert private.get(AUTHOR)["title"] == "Sekrit leak of payroll"
    private.until("the open entry", lambda: entry(private, uid), lambda text: "Sekrit leak of payroll (SEV2)" in text)


def test_what_becomes_restricted_is_gone_from_library_and_calendar_as_soon_as_that_is_answered(driver: Driver) -> None:
    driver.report_incident()
    draft = driver.draft(AUTHOR)
    owner, words = draft["owner"]["email"], draft["title"].split(",")[0]
    uid = driver.meeting(AUTHOR, "tentative")["uid"]
    driver.act(AUTHOR, "POST", "/meeting/attendees")
    driver.until("the title", lambda: entry(driver, uid), lambda text: words in text and AUTHOR in text)
    refused = driver.client.patch(
        driver.path,
        json={"restricted": True},
        headers={"Authorization": f"Bearer {driver.key_of(AUTHOR)}", "If-Match": "*"},
    )
    assert (refused.status_code, refused.json()["rule"]) == (403, "owner-or-admin-restricts")
    change(driver, owner, restricted=True)
    assert driver.get(AUTHOR)["rule"] == "unknown-postmortem"
    join = driver.client.post(
        driver.path + "/meeting/attendees", headers={"Authorization": f"Bearer {driver.key_of(AUTHOR)}"}
    )
    assert join.status_code == 404
    closed = driver.until("the closed entry", lambda: entry(driver, uid), lambda text: "CLASS:PRIVATE" in text)
    assert words not in closed
    assert AUTHOR not in closed
