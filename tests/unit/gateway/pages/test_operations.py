"""The operations page: what it shows, what an admin can do there, and what is left when a part is away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.gateway.domain.facets import PublicationView
from services.gateway.domain.operating import HIDDEN, MOST_SHOWN, Depth, RoomState
from services.gateway.domain.view import View
from services.gateway.ports import Unavailable
from shared.contracts.base import BaseMessage
from shared.contracts.bounces import LiftSuppression, ListSuppressions
from shared.contracts.commands import ListDeliveries
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.events import DeliveryCompleted, Snapshot
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, FakeMessages
from tests.helpers.operating import QUEUE, a_parked
from tests.helpers.pages import Browser, Page

ENDED = {
    "email": "left@example.com",
    "since": "2026-03-05T15:00:00Z",
    "kind": "hard",
    "status": "5.1.1",
    "reply": "550 5.1.1 <b>no such user</b>",
    "bounces": 2,
    "list": "engineering",
}
COUNTS = {"accepted": 64, "failed": 1, "unknown": 0, "suppressed": 0, "pending": 35}
STOPPED = {"since": "2026-03-05T15:00:03Z", "reply": "554 5.7.1 Client host rejected"}


class Distribution(FakeMessages):
    """Answers what the page asks distribution; `answers_no` keeps it from it."""

    answers_no = False

    stopped: dict[str, str] | None = STOPPED

    async def ask(self, id: str, command: BaseMessage, patience: float) -> Reply | None:
        await super().ask(id, command, patience)
        if self.answers_no:
            return None
        match command:
            case ListSuppressions():
                return Reply(data={"items": [ENDED], "more": False})
            case ListDeliveries():
                return Reply(
                    data={
                        "counts": COUNTS,
                        "percent": 65,
                        "stopped": self.stopped,
                        "deliveries": [{"reply": "connect: refused"}],
                    }
                )
            case LiftSuppression(email="unknown@example.com"):
                rule = "unknown-suppression"
                return Reply(refusal=Refusal(kind=Kind.NOT_FOUND, rule=rule, detail="Mail goes there."))
        return self.reply


def a_published_view(**fields: Any) -> View:
    published = PublicationView(revision=1, published_at=NOW, title="Checkout answers slowly")
    return View(id=PM, draft=a_draft(Snapshot), created_at=NOW, publication=published, **fields)


def a_door(**fields: Any) -> Door:
    return Door(messages=Distribution(), **fields)


async def opened(door: Door, path: str = "/operations") -> Page:
    async with Browser(door, "admin") as browser:
        return await browser.open(path)


async def test_rooms_queues_and_versions_are_shown() -> None:
    door = a_door()
    door.operating.depths = [
        Depth(QUEUE, 12, 1),
        Depth("review.DraftCreated.v1", None),
        Depth("afterword.retry.400", 3),
    ]
    door.operating.rooms[3] = RoomState(name="distribution", version="0.9", is_ready=True, outbox=7, oldest_s=181.6)
    page = await opened(door)

    assert page.status == 200
    rows = {row.xpath("th")[0].text: " ".join(row.text_content().split()) for row in page.all("//tbody/tr")}
    assert rows["drafting"] == "drafting ready 1.0 0 0 s 12 0"
    assert rows["distribution"] == "distribution ready 0.9 not the gateway's 7 182 s 0 0"
    assert "The queue review.DraftCreated.v1 is missing" in rows["review"]
    assert "4.0.5; 3 messages wait for another attempt" in page.text()
    assert "7.0.14" in page.text()
    assert not page.all("//script[not(@src)] | //style | //@style | //@onclick")


async def test_engineers_and_reviewers_do_not_see_it_nor_do_anything_there() -> None:
    for role in ("engineer", "reviewer"):
        door = a_door()
        door.operating.messages = [a_parked()]
        async with Browser(door, role) as browser:
            assert "/operations" not in (await browser.open("/")).links()
            assert (await browser.open("/operations")).status == 403
            for path in ("parked/redrive", "parked/drop", "suppressions/lift"):
                fields = {"queue": QUEUE, "reason": "r", "email": "left@example.com"}
                page = await browser.send(f"/operations/{path}", fields)
                assert (page.status, "takes one of admin" in page.text()) == (403, True)
        assert door.operating.messages


async def test_a_parked_message_is_shown_with_why_and_cannot_do_anything() -> None:
    door = a_door()
    door.operating.messages = [a_parked(error="<img src=x>", body="<script>alert(1)</script>" + "x" * MOST_SHOWN)]
    page = await opened(door)

    assert page.text("//article[@class='message']//strong") == "<img src=x>"
    assert "25 more characters" in page.text("//article//pre")
    assert not page.all("//article//img | //article//script")


async def test_a_message_is_sent_again_and_the_page_says_so() -> None:
    door = a_door()
    door.operating.messages = [a_parked(id="one"), a_parked(id="two")]
    async with Browser(door, "admin") as browser:
        answer = (await browser.send("/operations/parked/redrive", {"queue": QUEUE, "id": "one"})).answer
        assert [each.id for each in door.operating.messages] == ["two"]
        assert answer.headers["location"] == "/operations?said=redriven#parked"
        again = (await browser.send("/operations/parked/redrive", {"queue": QUEUE, "id": "one"})).answer
        assert again.headers["location"] == "/operations?said=not-parked#parked"
        await browser.send("/operations/parked/redrive", {"queue": QUEUE})
        assert "Nothing is parked" in (await browser.open("/operations?said=redriven")).text()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
async def test_nothing_is_discarded_without_a_reason(reason: str) -> None:
    door = a_door()
    door.operating.messages = [a_parked()]
    async with Browser(door, "admin") as browser:
        page = await browser.send("/operations/parked/drop", {"queue": QUEUE, "id": "INC-42-1", "reason": reason})
        assert page.status == 422
        assert "why it may go" in page.text("//*[@role='alert']")
        assert door.operating.messages
        await browser.send("/operations/parked/drop", {"queue": QUEUE, "id": "INC-42-1", "reason": "sent again as 44"})
        assert not door.operating.messages


async def test_a_queue_that_is_none_is_said_to_be_none() -> None:
    async with Browser(a_door(), "admin") as browser:
        assert (await browser.send("/operations/parked/redrive", {"queue": "parking"})).status == 404
        assert (await browser.send("/operations/parked/drop", {"queue": "", "reason": "r"})).status == 404


async def test_no_other_site_discards_anything() -> None:
    door = a_door()
    door.operating.messages = [a_parked()]
    async with Browser(door, "admin") as browser:
        page = await browser.send_unsigned("/operations/parked/drop", {"queue": QUEUE, "reason": "r"})
        assert page.status == 403
    assert door.operating.messages


@pytest.mark.parametrize("view", [None, a_published_view()])
async def test_a_restricted_postmortem_does_not_leak_through_what_is_parked(view: View | None) -> None:
    restricted = {"draft": a_draft(Snapshot, restricted=True)}
    door = a_door(views={PM: view.changed(**restricted)} if view else {})
    door.operating.messages = [a_parked(body='{"restricted": true, "title": "the secret"}', error="Bad: the secret")]
    page = await opened(door)

    assert "secret" not in page.answer.text
    assert HIDDEN in page.text()
    assert page.text("//article//strong") == "Bad"


async def test_a_private_incident_that_nobody_has_drafted_does_not_leak_through_what_is_parked() -> None:
    door = a_door(views={})
    door.operating.messages = [a_parked(body='{"private": true, "title": "the secret"}', error="Bad: the secret")]
    page = await opened(door)
    assert "secret" not in page.answer.text
    assert HIDDEN in page.text()


async def test_without_a_user_that_may_read_them_messages_are_only_counted() -> None:
    door = a_door()
    door.operating.messages = [a_parked(), a_parked(id="2")]
    door.app.state.operating = door.operating.whole(may_read=False)
    async with Browser(door, "admin") as browser:
        page = await browser.open("/operations")
        assert "2 parked" in page.text()
        assert "AFTERWORD_OPERATOR_RABBITMQ_URL" in page.text()
        assert not page.all("//article")
        assert (await browser.send("/operations/parked/redrive", {"queue": QUEUE})).status == 503


async def test_deliveries_under_way_have_a_bar_and_the_mail_server_s_words() -> None:
    page = await opened(a_door(views={PM: a_published_view()}))

    assert page.all("//progress/@value") == ["65"]
    assert "35 wait" in page.text("//*[@id='deliveries-under-way']")
    assert "554 5.7.1 Client host rejected" in page.text("//*[@id='deliveries-under-way']")
    part = await opened(a_door(views={PM: a_published_view()}), "/operations/deliveries")
    assert part.all("//progress/@value") == ["65"]
    assert not part.all("//h1")


async def test_mail_that_waits_says_what_came_of_the_last_attempt() -> None:
    door = a_door(views={PM: a_published_view()})
    assert isinstance(door.messages, Distribution)
    door.messages.stopped = None
    page = await opened(door)

    assert "The last attempt: connect: refused" in page.text("//*[@id='deliveries-under-way']")
    assert not page.all("//*[@id='deliveries-under-way']//*[@class='trouble']")


async def test_what_is_through_or_restricted_is_not_under_way() -> None:
    done = DeliveryCompleted(postmortem_id=PM, revision=1, accepted=1, failed=0, completed_at=NOW)
    for view in (
        a_published_view(completed=done),
        a_published_view().changed(draft=a_draft(Snapshot, restricted=True)),
    ):
        page = await opened(a_door(views={PM: view}))
        assert not page.all("//progress")
        assert "Nothing is on its way" in page.text()


async def test_an_address_gets_mail_again() -> None:
    door = a_door()
    async with Browser(door, "admin") as browser:
        page = await browser.open("/operations")
        assert "<b>no such user</b>" in page.text("//*[@id='suppressed']/..")
        answer = (await browser.send("/operations/suppressions/lift", {"email": "left@example.com"})).answer
        assert answer.headers["location"] == "/operations?said=lifted#suppressed"
        for email, status in (("unknown@example.com", 404), ("no address", 422), ("", 422)):
            page = await browser.send("/operations/suppressions/lift", {"email": email})
            assert (page.status, len(page.all("//main//*[@role='alert']"))) == (status, 1)
    lifted = [command for _, command in door.messages.said if isinstance(command, LiftSuppression)]
    assert lifted[0].email == "left@example.com"


async def test_a_cursor_that_is_none_is_a_trouble_of_its_part() -> None:
    page = await opened(a_door(), "/operations?cursor=nonsense")
    assert page.status == 200
    assert "Not known now" in page.text("//*[@id='suppressed']/..")


async def test_the_page_stays_when_rabbitmq_is_away() -> None:
    door = a_door(views={PM: a_published_view()})
    door.operating.away = {"broker", "parking"}
    page = await opened(door)

    assert page.status == 200
    assert page.text().count("The broker does not answer") == 2
    assert page.text().count("It takes RabbitMQ to ask") == 2
    assert not [command for _, command in door.messages.said if isinstance(command, ListDeliveries)]


async def test_the_page_stays_when_distribution_does_not_answer() -> None:
    door = a_door(views={PM: a_published_view()})
    assert isinstance(door.messages, Distribution)
    door.messages.answers_no = True
    page = await opened(door)

    assert page.status == 200
    assert "Distribution does not say how far its mail is" in page.text()
    assert "distribution service does not answer" in page.text()


async def test_the_page_stays_when_nothing_can_be_said_or_read() -> None:
    door = a_door(views={PM: a_published_view()})
    door.messages.down = True
    door.operating.messages = [a_parked()]
    door.operating.away = {"parking", "database"}
    door.operating.rooms = [
        replace(each, is_ready=False, trouble="It does not answer") for each in door.operating.rooms
    ]
    async with Browser(door, "admin") as browser:
        page = await browser.open("/operations")
        assert page.status == 200
        for words in (
            "the bus is down",
            "The parking does not answer",
            "The database does not answer",
            "It does not answer",
        ):
            assert words in page.text()
        page = await browser.send("/operations/parked/redrive", {"queue": QUEUE})
        assert page.status == 503
        assert "The parking does not answer" in page.text("//*[@role='alert']")
    with pytest.raises(Unavailable):
        await door.messages.report("id", a_draft(Snapshot))
