"""The doctor on databases, calendars, relays and clocks that have one fault each."""

from __future__ import annotations

import asyncio

import pytest

from deploy.local.testing import Servers
from deploy.operate.doctor import management_check
from deploy.operate.doctor.finding import State
from services.drafting.store import MongoPostmortems
from services.review.domain import Membership
from shared.contracts.community import Member
from shared.mongo import connect, database
from shared.mongo_trouble import explained
from shared.trouble import NotReady
from tests.helpers.doctoring import Look, listening, other, wrong


async def test_an_index_with_other_options_is_said_by_both(
    look: Look, servers: Servers, mongo_url: str, database_name: str
) -> None:
    client = connect(mongo_url)
    name = f"{database_name}_drafting"
    await client[name]["postmortems"].create_index([("due_at", 1)], name="due_at")
    (index,) = wrong(await look("drafting"))
    assert index["where"].endswith(f"{name}.postmortems")
    assert "dropIndex('due_at')" in index["help"]
    with pytest.raises(NotReady, match=r"has another index: .*dropIndex"):
        await explained(MongoPostmortems(database(client, name)).prepare, mongo_url)()
    client.close()


async def test_documents_of_an_older_and_of_a_newer_version_are_told_from_those_that_are_read(
    look: Look, mongo_url: str, database_name: str
) -> None:
    client = connect(mongo_url)
    reviews = client[f"{database_name}_review"]["reviewers"]
    member = Member(name="A", email="a@example.com")
    state = Membership(version=1, origin="policy", reviewer=member).model_dump(mode="json")
    await reviews.insert_one({"_id": "well", "state": state})
    assert wrong(await look("review")) == []
    await reviews.insert_one({"_id": "newer", "state": {**state, "of_tomorrow": 1}})
    warned = [each for each in await look("review") if (each["check"], each["state"]) == ("documents", "warning")]
    assert "a newer version wrote of_tomorrow into newer" in warned[0]["what"]
    await reviews.insert_one({"_id": "older", "state": {}})
    (older,) = wrong(await look("review"))
    assert older["what"].startswith("review cannot read older: ")
    assert older["where"].endswith(f"{database_name}_review.reviewers")
    client.close()


async def test_what_a_newer_form_wrote_is_told_and_fails_where_this_one_may_not_read_it(
    look: Look, mongo_url: str, database_name: str
) -> None:
    client = connect(mongo_url)
    reviews = client[f"{database_name}_review"]["reviewers"]
    member = Member(name="A", email="a@example.com")
    state = {**Membership(version=1, origin="policy", reviewer=member).model_dump(mode="json"), "of_tomorrow": 1}
    await reviews.insert_one({"_id": "beside", "schema": {"by": 2, "holds": 2, "needs": 1}, "state": state})
    warned = [each["what"] for each in await look("review") if each["check"] == "documents"]
    assert warned == ["a newer version of review wrote here, too"]
    await reviews.insert_one({"_id": "over", "schema": {"by": 3, "holds": 3, "needs": 2}, "state": state})
    (over,) = wrong(await look("review"))
    assert "Membership over is of form 3, which programs of form 2 and newer read" in over["what"]
    client.close()


async def test_a_user_that_may_only_read_the_calendar_is_found_without_writing(look: Look, servers: Servers) -> None:
    reader = servers.radicale.reader
    url = other(servers.radicale.url_with_account, account=f"{reader.username}:{reader.password}")
    (found,) = wrong(await look("calendar", CALDAV_URL=url))
    assert (found["check"], found["what"]) == ("calendar", "lets us read and not write")


async def test_a_collection_that_is_not_there_is_said(look: Look, servers: Servers) -> None:
    url = other(servers.radicale.url_with_account, path="/company/another/")
    (found,) = wrong(await look("calendar", CALDAV_URL=url))
    assert "no collection at" in found["what"] + found["help"]


async def test_a_relay_that_refuses_the_login_is_said_in_its_own_words(look: Look) -> None:
    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay\r\n")
        while line := await reader.readline():
            is_hello = line.upper().startswith(b"EHLO")
            writer.write(b"250-relay\r\n250 AUTH PLAIN\r\n" if is_hello else b"535 5.7.8 no such mailbox\r\n")

    async with listening(relay) as port:
        url = f"smtp://me:a-long-password@127.0.0.1:{port}?starttls=off"
        (found,) = wrong(await look("distribution", SMTP_URL=url))
    assert "535 5.7.8 no such mailbox" in found["what"]
    assert found["where"] == f"mail relay at 127.0.0.1:{port}"
    assert "right user and password" in found["help"]


async def test_a_server_whose_clock_is_an_hour_ahead_is_named() -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            writer.write(head + b"Date: Fri, 01 Jan 2100 00:00:00 GMT\r\n\r\n[]")

    async with listening(page) as port:
        found = await management_check.check(f"http://a:b@127.0.0.1:{port}", {})
    clock = found[0]
    assert (clock.check, clock.state) == ("clock", State.FAILED)
    assert f"127.0.0.1:{port}" in clock.where
    assert "ahead of this machine's" in clock.what
