"""`afterword hook`: a sample to a real receiver, and what is said of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook
from typer.testing import CliRunner, Result

from deploy.cli import app
from tests.helpers.receiver import Receiver
from tests.integration.gateway_process import an_entry
from tests.unit.gateway.hooks.sample import SECRET

Hook = Callable[..., Awaitable[Result]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def hook(receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hook:
    """The command line, with a policy in which `ci` and `chat` are the receiver, and `far` may not be called."""
    far = f"[[webhooks]]\nname = 'far'\nurl = 'https://127.0.0.1:{receiver.port}'\nports = [{receiver.port}]\n"
    policy = an_entry("ci", receiver) + an_entry("chat", receiver, "format = 'slack'") + far
    (tmp_path / "policy.toml").write_text(policy, encoding="utf-8")
    monkeypatch.setenv("AFTERWORD_POLICY", str(tmp_path / "policy.toml"))
    monkeypatch.setenv("AFTERWORD_HOOK_SECRETS", json.dumps({"ci": [SECRET], "far": [SECRET]}))

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, ("hook", *words)))

    return run


async def test_a_sample_arrives_and_is_signed(hook: Hook, receiver: Receiver) -> None:
    done = await hook("test", "ci")
    assert (done.exit_code, "ci accepted it (200)" in done.output) == (0, True), done.output
    body = Webhook(SECRET).verify(receiver.hits[0].body, dict(receiver.hits[0].headers))
    assert (body["type"], body["data"]["title"]) == ("DraftCreated.v1", "A test of this webhook")
    assert (await hook("test", "chat")).exit_code == 0
    assert "A test of this webhook" in json.loads(receiver.hits[1].body)["text"]


@pytest.mark.parametrize(("status", "word"), [(503, "tried again"), (404, "parked"), (410, "given up")])
async def test_what_would_become_of_a_call_is_said(hook: Hook, receiver: Receiver, status: int, word: str) -> None:
    receiver.script.statuses = [status]
    done = await hook("test", "ci")
    assert (done.exit_code, f"answered {status}" in done.output, word in done.output) == (1, True, True), done.output


async def test_what_may_not_be_called_or_does_not_exist_is_said(hook: Hook, receiver: Receiver) -> None:
    barred, unknown = await hook("test", "far"), await hook("test", "gone")
    assert (barred.exit_code, "127.0.0.1, which is not public" in barred.output) == (1, True), barred.output
    assert (unknown.exit_code, "no webhook 'gone'" in unknown.output) == (1, True), unknown.output
    assert receiver.hits == []


async def test_subscribers_are_listed_without_their_secrets(
    hook: Hook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await hook("list")
    assert [line.split()[:3] for line in shown.output.splitlines()[1:]] == [
        ["ci", "standard", "127.0.0.1"],
        ["chat", "slack", "127.0.0.1"],
        ["far", "standard", "127.0.0.1"],
    ]
    assert SECRET not in shown.output
    monkeypatch.delenv("AFTERWORD_HOOK_SECRETS")
    wrong = await hook("list")
    assert (wrong.exit_code, "webhook 'ci': format standard is signed" in wrong.output) == (1, True), wrong.output
    monkeypatch.setenv("AFTERWORD_HOOK_SECRETS", "[")
    assert "AFTERWORD_HOOK_SECRETS: " in (await hook("list")).output
