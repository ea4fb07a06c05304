"""Outgoing webhooks of a real gateway, on real servers, to a real receiver; the gateway is killed on the way."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.local.rooms import module
from deploy.local.site import REPOSITORY
from deploy.operate.broker import MANAGEMENT, RABBITMQ
from deploy.operate.room_databases import DATABASE, MONGO
from shared.contracts import events as said
from shared.contracts.base import derived_id
from tests.helpers.builders import PM, a_draft
from tests.helpers.receiver import Receiver
from tests.integration.gateway_process import QUEUE, Gateway, an_entry, hits, until
from tests.unit.gateway.hooks.sample import NEXT, SECRET

pytestmark = pytest.mark.timeout(400)
DRAFT = a_draft(said.DraftCreated)
OTHER = "11111111-1111-4111-8111-111111111111"
Make = Callable[..., Awaitable[Gateway]]
Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
async def a_gateway(tmp_path: Path, rabbitmq_url: str, mongo_url: str, database_name: str) -> AsyncIterator[Make]:
    """Starts gateways; what still runs in the end is ended."""
    made: list[Gateway] = []

    async def make(policy: str, **secrets: list[str]) -> Gateway:
        made.append(Gateway(tmp_path, rabbitmq_url, mongo_url, database_name, policy, secrets))
        await made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def afterword(rabbitmq_url: str, mongo_url: str, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line, working on the test's servers."""
    for name, value in ((RABBITMQ, rabbitmq_url), (MONGO, mongo_url), (DATABASE, database_name)):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(MANAGEMENT, raising=False)

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, words))

    return run


async def test_a_receiver_that_is_ill_for_a_while_has_each_event_once_and_under_one_id(
    a_gateway: Make, receiver: Receiver
) -> None:
    receiver.script.statuses = [503, 503, 503, 200]
    gateway = await a_gateway(an_entry("ci", receiver), ci=[SECRET, NEXT])
    await gateway.tell(("e-1", DRAFT))
    await hits(receiver, 4)
    await gateway.until_counted("ci", "accepted", 1)
    assert await gateway.counted("ci", "later") == 3
    assert [hit.status for hit in receiver.hits] == [503, 503, 503, 200]
    assert {hit.id for hit in receiver.hits} == {derived_id("e-1", "webhook", "ci")}
    for secret in (SECRET, NEXT):
        body = Webhook(secret).verify(receiver.hits[-1].body, dict(receiver.hits[-1].headers))
        assert (body["type"], body["data"]["id"], body["data"]["status"]) == ("DraftCreated.v1", PM, "draft")


async def test_a_gateway_that_is_killed_while_it_calls_calls_again_under_the_same_id(
    a_gateway: Make, receiver: Receiver
) -> None:
    receiver.script.statuses = [503, 200]
    gateway = await a_gateway(an_entry("ci", receiver), ci=[SECRET])
    await gateway.tell(("e-1", DRAFT))
    await hits(receiver, 1)
    receiver.script.open.clear()
    await until(lambda: _is(receiver.held > 0))
    gateway.kill()
    receiver.script.statuses = [503, 200]  # the first is for nobody any more
    receiver.script.open.set()
    await gateway.start()
    await gateway.until_counted("ci", "accepted", 1)
    assert len({hit.id for hit in receiver.hits}) == 1
    assert len(receiver.accepted()) == 1
    assert await gateway.parked() == 0


async def test_a_library_that_is_built_again_calls_nobody_again(
    a_gateway: Make, receiver: Receiver, afterword: Run
) -> None:
    gateway = await a_gateway(an_entry("ci", receiver), ci=[SECRET])
    await gateway.tell(("e-1", DRAFT), ("e-2", DRAFT.model_copy(update={"postmortem_id": OTHER})))
    await gateway.until_counted("ci", "accepted", 2)
    done = await afterword("replay", "gateway", "--rebuild", "--yes")
    assert done.exit_code == 0, done.output
    done = await afterword("replay", "gateway", "--yes")
    assert done.exit_code == 0, done.output
    await gateway.tell(("e-3", a_draft(said.DraftCreated, title="One that is new")))
    await gateway.until_counted("ci", "accepted", 3)
    assert sorted(hit.id for hit in receiver.hits) == sorted(
        derived_id(e, "webhook", "ci") for e in ("e-1", "e-2", "e-3")
    )


async def test_a_receiver_that_never_answers_keeps_nobody_else_waiting(a_gateway: Make, receiver: Receiver) -> None:
    receiver.script.open.clear()
    with Receiver() as quick:
        policy = an_entry("slow", receiver) + an_entry("quick", quick, "format = 'slack'")
        gateway = await a_gateway(policy, slow=[SECRET])
        await gateway.tell(*((f"e-{n}", DRAFT) for n in range(30)))
        await hits(quick, 30)
        assert receiver.hits == []
        message = json.loads(quick.hits[0].body)
        assert message["text"] == "A postmortem has its first draft: Checkout answers slowly"
        assert "webhook-signature" not in quick.hits[0].headers


async def test_what_a_receiver_refuses_is_parked_and_goes_out_when_it_is_redriven(
    a_gateway: Make, receiver: Receiver, afterword: Run
) -> None:
    receiver.script.statuses, receiver.script.headers = [302, 200], {"Location": "http://169.254.169.254/latest/"}
    gateway = await a_gateway(an_entry("ci", receiver), ci=[SECRET])
    await gateway.tell(("e-1", DRAFT))
    await until(lambda: _has_parked(gateway, 1))
    shown = await afterword("parked", "list", "--queue", QUEUE)
    assert "ci answered 302" in shown.output
    assert (await afterword("parked", "redrive", "--queue", QUEUE, "--yes")).exit_code == 0
    await gateway.until_counted("ci", "accepted", 1)
    assert len({hit.id for hit in receiver.hits}) == 1
    assert [hit.path for hit in receiver.hits] == ["/hook", "/hook"]


async def test_a_restricted_postmortem_is_told_only_where_the_policy_says_so(
    a_gateway: Make, receiver: Receiver
) -> None:
    with Receiver() as trusted:
        policy = an_entry("open", receiver) + an_entry("trusted", trusted, "restricted = true")
        gateway = await a_gateway(policy, open=[SECRET], trusted=[SECRET])
        await gateway.tell(("e-1", a_draft(said.DraftCreated, restricted=True, title="What nobody may know")))
        await gateway.until_counted("open", "filtered", 1)
        await hits(trusted, 1)
        assert receiver.hits == []
        assert "What nobody may know" not in trusted.hits[0].body
        assert json.loads(trusted.hits[0].body)["data"]["restricted"] is True


async def test_a_receiver_in_our_own_network_is_not_called_unless_it_is_allowed(
    a_gateway: Make, receiver: Receiver
) -> None:
    url = f"https://localhost:{receiver.port}/"
    policy = f"[[webhooks]]\nname = 'ci'\nurl = '{url}'\nports = [{receiver.port}]\n"
    gateway = await a_gateway(policy, ci=[SECRET])
    await gateway.tell(("e-1", DRAFT))
    await gateway.until_counted("ci", "barred", 1)
    await until(lambda: _has_parked(gateway, 1))
    assert receiver.hits == []


def test_a_wrong_entry_stops_the_gateway_with_one_line_that_names_it(tmp_path: Path) -> None:
    policy = "[[webhooks]]\nname = 'ci'\nurl = 'http://10.0.0.1/'\n"
    gateway = Gateway(tmp_path, "amqp://127.0.0.1:1/", "mongodb://127.0.0.1:1/", "x", policy, {"ci": [SECRET]})
    stopped = subprocess.run(
        module("gateway"), env=gateway.env, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60
    )
    assert stopped.returncode == 2
    assert stopped.stderr.count("\n") == 1
    assert "webhook 'ci': url must be https" in stopped.stderr


async def _is(right: bool) -> bool:
    return right


async def _has_parked(gateway: Gateway, n: int) -> bool:
    return await gateway.parked() == n
