"""One incident through all five services: the way, its repeats, and what is refused on it."""

from __future__ import annotations

import asyncio
import json
import mailbox
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from typing import Any

import aio_pika
import httpx
import pytest

from deploy.demo import AUTHOR, sections, tell
from deploy.demo.driver import Driver, text_of
from deploy.local.run import Run
from shared.clock import new_id
from shared.contracts.base import content_hash
from shared.contracts.commands import Actor, BaseCommand, GiveVerdict, Role


def calendar_entries(driver: Driver) -> list[str]:
    """Return the addresses of all entries on the shared calendar."""
    caldav = driver.run["caldav"]
    body = '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
    answer = httpx.request(
        "PROPFIND", caldav["url"], content=body, headers={"Depth": "1"}, auth=(caldav["username"], caldav["password"])
    )
    return [line for line in answer.text.replace("<href>", "\n<href>").splitlines() if ".ics" in line]


def recipients(driver: Driver) -> Counter[str]:
    """Return how many mails about this postmortem each person got."""
    return Counter(str(mail["To"]) for mail in driver.mails())


def notices(driver: Driver, about: str) -> Counter[str]:
    """Return how many notices with these words in the subject each person got about this postmortem."""
    box: mailbox.Maildir = mailbox.Maildir(driver.run["mail_dir"], create=False)
    mails = [BytesParser(policy=policy.default).parsebytes(box.get_bytes(key)) for key in box.iterkeys()]
    return Counter(str(mail["To"]) for mail in mails if about in mail["Subject"] and driver.id in text_of(mail))


def test_a_resolved_incident_becomes_a_mailed_reviewed_postmortem_with_its_meeting_on_the_calendar(
    driver: Driver,
) -> None:
    story = tell(driver, lambda _: None)
    published = story.postmortem
    assert published["status"] == "published"
    assert (published["publication"]["failed"], published["publication"]["pending"]) == (0, 0)
    assert len(story.mails) == published["publication"]["accepted"] == published["publication"]["recipients"]
    assert set(recipients(driver).values()) == {1}
    assert str(story.event["UID"]) == published["meeting"]["uid"]
    assert story.event.decoded("DTEND") <= datetime.fromisoformat(published["deadline"])
    assert published["missing"] == []
    approvers = {approval["email"] for approval in published["review"]["approvals"]}
    involved = {person["email"] for person in published["people"]} | {published["owner"]["email"], AUTHOR}
    assert len(approvers) == 2
    assert not approvers & involved


def test_what_is_mailed_is_what_was_approved(driver: Driver) -> None:
    story = tell(driver, lambda _: None)
    seen = story.postmortem
    assert seen["content_hash"] == content_hash(seen["title"], seen["severity"], seen["services"], seen["sections"])
    for mail in story.mails:
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        for text in sections().values():
            assert text.strip().splitlines()[0] in text_of(mail)


def test_the_status_page_gets_what_customers_are_told_once_it_was_reviewed(driver: Driver) -> None:
    tell(driver, lambda _: None)
    key = {"Authorization": f"Bearer {driver.key_of(AUTHOR)}"}
    message = driver.client.get(f"{driver.path}/external-message?format=txt", headers=key)
    told = [text.strip() for name, text in sections().items() if name.startswith("external_")]
    assert (message.status_code, len(told)) == (200, 3)
    places = [message.text.index(text) for text in told]
    assert places == sorted(places)
    assert sections()["overview"].strip() not in message.text


def test_every_webhook_twice_and_every_request_repeated_is_one_postmortem_one_entry_one_mail_each(
    driver: Driver,
) -> None:
    before = len(calendar_entries(driver))
    for body in driver.deliveries(datetime.now(UTC) - timedelta(hours=1)) * 2:
        driver.deliver(body)
    driver.draft(AUTHOR)
    driver.edit(AUTHOR, sections())
    driver.act(AUTHOR, "POST", "/submit")
    approved = driver.approve_as_reviewers(AUTHOR)
    owner = approved["owner"]["email"]
    headers = {"Idempotency-Key": f"publish-{driver.incident}"}
    answers = [driver.act(owner, "POST", "/publish", None, **headers) for _ in range(3)]
    assert len({answer["revision"] for answer in answers}) == 1
    driver.delivered(AUTHOR)
    for body in driver.deliveries(datetime.now(UTC) - timedelta(hours=1)):
        driver.deliver(body)
    driver.meeting(AUTHOR, "scheduled")
    driver.on_the_calendar(driver.get(AUTHOR)["meeting"]["uid"], "CONFIRMED")
    assert len(calendar_entries(driver)) == before + 1
    assert set(recipients(driver).values()) == {1}
    listed = driver.get(AUTHOR, "/v1/postmortems?limit=100")["items"]
    assert [item["id"] for item in listed].count(driver.id) == 1


def test_the_same_incident_reported_twice_in_our_own_form_is_one_postmortem(driver: Driver) -> None:
    opened = {
        "source": "my-tool",
        "external_id": driver.incident,
        "kind": "opened",
        "occurred_at": "2026-03-02T09:00:00Z",
        "title": "Search is slow",
        "severity": "sev1",
    }
    resolved = {**opened, "kind": "resolved", "occurred_at": "2026-03-02T10:00:00Z"}
    tool = {"Authorization": f"Bearer {driver.key_of(driver.person('tool'))}"}
    answers = [driver.client.post("/v1/incidents", json=e, headers=tool) for e in (opened, resolved, opened, resolved)]
    assert {answer.status_code for answer in answers} == {202}
    (id,) = {answer.json()["postmortem_id"] for answer in answers}
    seen = driver.until("a draft", lambda: driver.get(AUTHOR, f"/v1/postmortems/{id}"), lambda s: s.get("id"))
    assert (seen["revision"], len(seen["timeline"]), seen["severity"]) == (1, 2, "sev1")


async def test_an_incident_over_amqp_is_a_postmortem_too(running: Run, driver: Driver) -> None:
    events = [
        {"kind": "opened", "title": "Search is slow", "severity": "sev2", "occurred_at": "2026-03-02T09:00:00Z"},
        {"kind": "resolved", "occurred_at": "2026-03-02T10:00:00Z"},
    ]
    connection = await aio_pika.connect(running.rabbitmq_url)
    async with connection, connection.channel() as channel:
        incidents = await channel.get_exchange("afterword.incidents")
        for event in events:
            body = json.dumps({"source": "pagerduty", "external_id": driver.incident, **event}).encode()
            message = aio_pika.Message(body, headers={"ce-id": f"{driver.incident}-{event['kind']}"})
            await incidents.publish(message, routing_key="IncidentReported.v1")
    draft = await asyncio.to_thread(driver.draft, AUTHOR)
    assert draft["title"] == "Search is slow"


def refused(driver: Driver, who: str, path: str, body: Any = None) -> tuple[int, str]:
    """Return status and rule of a request that should not be let through."""
    answer = driver.client.post(
        driver.path + path, json=body, headers={"Authorization": f"Bearer {driver.key_of(who)}"}
    )
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["rule"]


async def give_over_amqp(running: Run, command: BaseCommand) -> None:
    """Give a command past the gateway, as whoever holds the broker's password could."""
    connection = await aio_pika.connect(running.rabbitmq_url)
    async with connection, connection.channel() as channel:
        commands = await channel.get_exchange("afterword.commands")
        message = aio_pika.Message(command.model_dump_json().encode(), headers={"ce-id": new_id()})
        await commands.publish(message, routing_key=command.address())


def test_what_breaks_a_rule_is_refused_and_leaves_no_trace(running: Run, driver: Driver) -> None:
    driver.report_incident()
    draft = driver.draft(AUTHOR)
    owner, admin = draft["owner"]["email"], driver.person("admin")
    assert refused(driver, owner, "/publish") == (409, "not-approved")
    assert refused(driver, driver.person("reviewer"), "/reviews", {"revision": 1, "verdict": "approve"})[0] in (
        403,
        409,
    )
    driver.edit(AUTHOR, sections())
    driver.act(AUTHOR, "POST", "/submit")
    seen = driver.until("reviewers", lambda: driver.get(AUTHOR), lambda s: s["review"]["reviewers"])
    reviewers = [reviewer["email"] for reviewer in seen["review"]["reviewers"]]
    verdict = {"revision": seen["revision"], "verdict": "approve"}
    stranger = next(e for e, k in driver.run["keys"].items() if k["role"] == "reviewer" and e not in reviewers)
    assert refused(driver, owner, "/reviews", verdict) == (403, "own-postmortem")
    assert refused(driver, AUTHOR, "/reviews", verdict) == (403, "own-postmortem")
    assert refused(driver, stranger, "/reviews", verdict) == (403, "assigned-reviewers-only")
    assert refused(driver, reviewers[0], "/reviews", {**verdict, "revision": 1}) == (409, "stale-revision")
    assert refused(driver, AUTHOR, "/submit") == (409, "already-submitted")
    assert refused(driver, admin, "/publish") == (409, "not-approved")
    alias = Actor(name="Somebody else", email=owner.replace("@", "+review@"), role=Role.ADMIN)
    asyncio.run(give_over_amqp(running, GiveVerdict(postmortem_id=driver.id, actor=alias, **verdict)))
    approved = driver.approve_as_reviewers(AUTHOR)
    assert [approval["email"] for approval in approved["review"]["approvals"]] == reviewers
    assert refused(driver, AUTHOR, "/publish") == (403, "owner-or-admin-publishes")
    assert driver.get(AUTHOR)["review"]["approvals"] == approved["review"]["approvals"]
    assert driver.mails() == []
    driver.act(admin, "POST", "/publish")
    driver.delivered(AUTHOR)


def test_an_edit_after_approval_asks_the_same_reviewers_again_and_nothing_is_published_meanwhile(
    driver: Driver,
) -> None:
    driver.report_incident()
    driver.draft(AUTHOR)
    driver.edit(AUTHOR, sections())
    driver.act(AUTHOR, "POST", "/submit")
    first = driver.approve_as_reviewers(AUTHOR)
    driver.edit(AUTHOR, {"impact": "413 orders timed out.\n"})
    assert driver.get(AUTHOR)["status"] == "in_review"
    owner = first["owner"]["email"]
    driver.until("the void", lambda: refused(driver, owner, "/publish"), lambda seen: seen == (409, "not-approved"))
    asked = [reviewer["email"] for reviewer in first["review"]["reviewers"]]
    shown = driver.get(asked[0])["review"]["reviewers"]
    assert [each["email"] for each in shown] == asked
    assert all(each["links"]["diff"].endswith(f"from={first['revision']}&to={first['revision'] + 1}") for each in shown)
    again = driver.approve_as_reviewers(AUTHOR)
    assert again["revision"] == first["revision"] + 1
    taken_back = driver.act(asked[0], "DELETE", "/reviews/mine?reason=Read%20the%20log")
    assert (taken_back["status"], len(taken_back["review"]["approvals"])) == ("in_review", 1)
    driver.until("the void", lambda: refused(driver, owner, "/publish"), lambda seen: seen == (409, "not-approved"))
    remark = {"section": "impact", "quote": "413 orders", "text": "Lost, or late?"}
    verdict = {"revision": again["revision"], "verdict": "approve", "comments": [remark]}
    (thread,) = driver.act(asked[0], "POST", "/reviews", verdict)["review"]["threads"]
    driver.act(AUTHOR, "POST", f"/threads/{thread['id']}/replies", {"text": "Late."})
    settled = driver.act(asked[0], "POST", f"/threads/{thread['id']}/resolve")
    assert [(each["state"], each["line"], len(each["comments"])) for each in settled["review"]["threads"]] == [
        ("resolved", 1, 2)
    ]
    driver.until("the approval", lambda: driver.get(AUTHOR), lambda seen: seen["status"] == "approved")
    driver.act(owner, "POST", "/publish")
    driver.delivered(AUTHOR)
    assert all("413 orders" in text_of(mail) for mail in driver.mails())


def test_every_room_tells_how_much_it_has_still_to_say(running: Run) -> None:
    for room, url in running.http.items():
        assert f'afterword_outbox_oldest_seconds{{room="{room}"}}' in httpx.get(f"{url}/metrics").text


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/docs", "/openapi.json"])
def test_operators_and_newcomers_find_their_pages(driver: Driver, path: str) -> None:
    assert driver.client.get(path).status_code == 200
