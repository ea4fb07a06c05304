"""A person who was in all of an incident is forgotten: nothing knows them any more, and all else works on.

It stops all rooms and starts them again, so only with AFTERWORD_FAULTS=all (`make cluster-test`);
tests/integration/test_forget.py forgets with every test run.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from aio_pika import connect
from pymongo import MongoClient
from typer.testing import CliRunner

from deploy.cli import app
from deploy.demo import AUTHOR, tell
from deploy.demo.driver import Driver, Json
from deploy.local.rooms import ROOMS
from deploy.local.run import Run
from deploy.operate.log import end_of
from deploy.operate.saving import messages
from shared.clock import new_id
from tests.helpers.long_run import in_long_runs
from tests.helpers.pages import HTML

pytestmark = in_long_runs
Row = dict[str, Any]
Afterword = Callable[..., str]
WHOLE = ("", "/revisions", "/revisions/1", "/deliveries", "/threads", "/meeting", "/action-items")
NAME = "Jo Quillfeather"


@pytest.fixture
def afterword(folder: Any, monkeypatch: pytest.MonkeyPatch) -> Afterword:
    """The command line, working on the running stack."""
    monkeypatch.setenv("AFTERWORD_LOCAL", str(folder))

    def run(*words: str) -> str:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        return result.output

    return run


def take_part(driver: Driver, jo: str, alias: str, afterword: Afterword) -> None:
    """Let somebody whom the policy does not name be in everything that there is."""
    made = json.loads(afterword("key", "create", "--email", jo, "--name", NAME, "--role", "engineer", "--json"))
    mine = {"Authorization": f"Bearer {made['key']}"}
    admin = {"Authorization": f"Bearer {driver.key_of(driver.person('admin'))}"}
    member: Json = {"name": NAME, "services": ["search"], "aliases": [alias], "timezone": "Europe/Berlin"}

    def ask(how: dict[str, str], method: str, path: str, body: Json | None = None) -> httpx.Response:
        answer = driver.client.request(method, path, json=body, headers={**how, "Idempotency-Key": new_id()})
        assert answer.status_code in (200, 201, 202), answer.text
        return answer

    made_member = ask({**admin, "If-None-Match": "*"}, "PUT", f"/v1/reviewers/{jo}", {**member, "active": True})
    as_read = {**admin, "If-Match": made_member.headers["ETag"]}
    ask(as_read, "PUT", f"/v1/reviewers/{jo}", {**member, "active": False})
    told: Json = {"source": "pagerduty", "external_id": driver.incident, "kind": "note"}
    told |= {"occurred_at": "2026-03-02T09:14:00Z", "people": [{"name": NAME, "email": jo, "role": "communications"}]}
    told |= {"entry": {"text": f"{NAME} ({jo}) restarted the pool."}}
    tool = {"Authorization": f"Bearer {driver.key_of(driver.person('tool'))}"}
    ask(tool, "POST", "/v1/incidents", told)
    driver.draft(AUTHOR)
    driver.meeting(AUTHOR, "tentative")
    item = {"text": "Bound the pool", "owner": {"name": NAME, "email": jo}, "priority": "p1", "kind": "prevent"}
    ask(mine, "POST", f"{driver.path}/action-items", item)
    ask(mine, "POST", f"{driver.path}/meeting/attendees")


def everywhere(run: Run) -> bytes:
    """Return all bytes of all databases of the stack."""
    with MongoClient[Row](run.mongo_url, tz_aware=True) as client:
        names = [name for name in client.list_database_names() if name.partition("_")[2] in (*ROOMS, "audit")]
        return b"".join(
            repr(row).encode()
            for name in names
            for of in client[name].list_collection_names()
            for row in client[name][of].find()
        )


async def said(run: Run) -> bytes:
    """Return all bytes of the log and of what waits."""
    async with await connect(run.rabbitmq_url) as connection:
        log = [part async for part in messages.in_log(connection, 0, await end_of(connection))]
        waiting = [await messages.in_queue(connection, queue) for queue in messages.queues()]
    return repr([log, waiting]).encode()


def seen(driver: Driver) -> dict[str, str]:
    """Return what people read of the postmortem."""
    key = {"Authorization": f"Bearer {driver.key_of(AUTHOR)}"}
    answers = {part: driver.client.get(driver.path + part, headers=key) for part in WHOLE}
    assert [part for part, answer in answers.items() if not answer.is_success] == []
    return {part: answer.text for part, answer in answers.items()}


def page(driver: Driver) -> int:
    """Return how the page of the postmortem answers somebody who has signed in by a key."""
    origin = driver.run["gateway_url"]
    with httpx.Client(base_url=origin, headers=HTML, follow_redirects=True) as browser:
        browser.post("/sign-in", data={"api_key": driver.key_of(AUTHOR), "next": "/"})
        return browser.get(f"/postmortems/{driver.id}").status_code


def test_nothing_knows_them_any_more_and_all_else_works_on(running: Run, driver: Driver, afterword: Afterword) -> None:
    tag = driver.incident.lower()
    jo, alias = f"jo.{tag}@example.com", f"jq.{tag}@example.net"
    driver.report_incident()
    take_part(driver, jo, alias, afterword)
    tell(driver, lambda _: None)
    afterword("audit", "seal")
    before = seen(driver)
    assert jo in before[""]
    assert jo in everywhere(running).decode()
    looked = afterword("forget", jo, "--dry-run")
    assert f"/postmortems/{driver.id}" in looked
    afterword("forget", jo, "--texts", "--yes")
    for address in (jo, alias):
        assert address.encode() not in everywhere(running)
        assert address.encode() not in asyncio.run(said(running))
    after = seen(driver)
    pseudonym = json.loads(after["/action-items"])["items"][0]["owner"]["email"]
    assert pseudonym.endswith("@forgotten.invalid")
    assert json.loads(after[""])["status"] == json.loads(before[""])["status"] == "published"
    assert json.loads(after[""])["publication"]["accepted"] == json.loads(before[""])["publication"]["accepted"]
    assert f"({pseudonym}) restarted the pool" in after[""]
    afterword("replay", "gateway", "--rebuild", "--yes")
    assert seen(driver) == after
    assert page(driver) == httpx.codes.OK
    assert "are as they were sealed" in afterword("audit", "verify")
    tell(Driver(running.as_json()), lambda _: None)
