"""`afterword key` on a real database, and the keys that it makes at the gateway that has the same secret key."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from typer.testing import Result

from deploy.local.rooms import policy
from services.gateway.app import build
from services.gateway.ports import Deps
from services.gateway.settings import Settings
from shared.mongo import connect, database
from tests.helpers.front_door import SECRET_KEY, is_problem
from tests.integration.conftest import Run
from tests.integration.kernel_room import eventually

BOT = ("--name", "Deploy bot", "--email", "Deploy-Bot@example.com", "--role", "tool")
ENGINEER = ("--name", "Pat Doe", "--email", "pat@example.com", "--role", "engineer")


@pytest.fixture
async def gateway(mongo_url: str, database_name: str) -> FastAPI:
    """A gateway on the database that the command line works on, with nothing to say messages to."""
    known: Any = {
        "rabbitmq_url": "amqp://127.0.0.1:1/",
        "mongo_url": mongo_url,
        "database": database_name,
        "policy": policy(),
        "secret_key": SECRET_KEY,
    }
    app = build(Settings(**known))
    deps: Deps = app.state.deps
    await deps.library.prepare()  # type: ignore[attr-defined]  # the real one has indexes
    return app


async def get(app: FastAPI, key: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get("/v1/postmortems", headers={"Authorization": f"Bearer {key}"})


async def created(afterword_key: Run, *words: str) -> dict[str, Any]:
    result = await afterword_key("create", *words, "--json")
    assert result.exit_code == 0, result.stderr
    made: dict[str, Any] = json.loads(result.stdout)
    return made


async def listed(afterword_key: Run, *words: str) -> dict[str, dict[str, Any]]:
    result = await afterword_key("list", "--json", *words)
    assert result.exit_code == 0, result.stderr
    return {row["id"]: row for row in json.loads(result.stdout)}


async def test_a_key_is_printed_once_and_alone_so_that_a_script_can_catch_it(afterword_key: Run) -> None:
    result = await afterword_key("create", *BOT, "--expires", "90")
    key = result.stdout.strip()
    _, id, secret = key.split("_", 2)  # in which more of them may be
    assert result.stdout == f"{key}\n"
    assert f"key {id} of Deploy bot: role tool, all that the role may" in result.stderr
    assert f"afterword key revoke {id}" in result.stderr
    everything = (await afterword_key("list", "--all", "--json")).stdout + (await afterword_key("list")).stdout
    assert id in everything
    assert key not in everything
    assert secret not in everything


async def test_a_key_is_good_at_the_gateway_until_it_is_revoked(
    afterword_key: Run, gateway: FastAPI, mongo_url: str, database_name: str
) -> None:
    made = await created(afterword_key, *ENGINEER, "--scope", "read", "--scope", "give_verdicts", "--expires", "7")
    assert (made["email"], made["scopes"]) == ("pat@example.com", ["give_verdicts", "read"])
    assert (await get(gateway, made["key"])).status_code == 200
    assert (await listed(afterword_key))[made["id"]]["last_used_at"] is not None
    client = connect(mongo_url)
    rows = await database(client, f"{database_name}_gateway")["keys"].find().to_list(None)
    client.close()
    assert made["key"] not in str(rows)
    assert made["key"].split("_", 2)[2] not in str(rows)
    result = await afterword_key("revoke", made["id"])
    assert (result.exit_code, f"key {made['id']} of Pat Doe is revoked since" in result.stdout) == (0, True)

    async def is_refused() -> bool:
        return (await get(gateway, made["key"])).status_code == 401

    await eventually(is_refused)
    assert is_problem(await get(gateway, made["key"]), 401, "key-revoked", "Authorization")


async def test_a_key_made_with_another_secret_key_is_unknown(
    afterword_key: Run, gateway: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_SECRET_KEY", SECRET_KEY[::-1])
    made = await created(afterword_key, *ENGINEER)
    assert is_problem(await get(gateway, made["key"]), 401, "no-valid-key", "Authorization")


async def test_the_list_shows_what_is_good_and_with_all_what_has_ended(afterword_key: Run) -> None:
    assert "no keys" in (await afterword_key("list")).stdout
    bot, pat = await created(afterword_key, *BOT), await created(afterword_key, *ENGINEER, "--expires", "2099-01-31")
    again = await afterword_key("revoke", bot["key"], "--json")
    assert json.loads(again.stdout)["id"] == bot["id"]
    assert list(await listed(afterword_key)) == [pat["id"]]
    rows = await listed(afterword_key, "--all")
    assert {id: row["state"] for id, row in rows.items()} == {bot["id"]: "revoked", pat["id"]: "good"}
    assert rows[pat["id"]]["expires_at"] == "2099-01-31T00:00:00Z"
    table = (await afterword_key("list", "--all")).stdout
    assert "revoked" in table
    assert "2099-01-31 00:00" in table
    assert "never" in table


async def test_a_key_is_revoked_once_however_often(afterword_key: Run) -> None:
    bot = await created(afterword_key, *BOT)
    first, second = [json.loads((await afterword_key("revoke", bot["id"], "--json")).stdout) for _ in range(2)]
    assert first == second


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", *BOT[:2], "--email", "nobody", *BOT[4:]), "--email: String should match"),
        (("create", "--name", " ", *BOT[2:]), "--name: String should have at least 1"),
        (("create", *BOT, "--scope", "everything"), "there is no scope 'everything'; the scopes are change_action"),
        (("create", *BOT, "--scope", "read"), "read gives nothing to the role tool"),
        (("create", *ENGINEER, "--scope", "change_lists"), "change_lists gives nothing to the role engineer"),
        (("create", *BOT, "--expires", "soon"), "'soon' is neither a number of days (90) nor a date (2027-01-31)"),
        (("create", *BOT, "--expires", "0"), "'0' is not in the future"),
        (("create", *BOT, "--expires", "2020-01-31"), "'2020-01-31' is not in the future"),
        (("create", *BOT, "--expires", "99999"), "'99999' is neither"),
        (("revoke", "ffffffff"), "no key 'ffffffff' is kept: `afterword key list --all` shows the ids"),
    ],
)
async def test_what_makes_no_sense_is_told_with_what_to_do(
    afterword_key: Run, words: tuple[str, ...], told: str
) -> None:
    result = await afterword_key(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr
    assert await listed(afterword_key, "--all") == {}


async def test_a_role_that_there_is_not_is_named_with_those_that_there_are(afterword_key: Run) -> None:
    result = await afterword_key("create", *BOT[:4], "--role", "root")
    assert result.exit_code == 2
    assert "engineer" in result.stderr


async def test_without_the_gateway_s_secret_no_key_is_made_but_they_are_listed_and_revoked(
    afterword_key: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bot = await created(afterword_key, *BOT)
    monkeypatch.delenv("AFTERWORD_SECRET_KEY")
    result = await afterword_key("create", *BOT)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Set AFTERWORD_SECRET_KEY or AFTERWORD_SECRET_KEY_FILE" in result.stderr
    assert list(await listed(afterword_key)) == [bot["id"]]
    assert (await afterword_key("revoke", bot["id"])).exit_code == 0
    file = tmp_path / "secret_key"
    await asyncio.to_thread(file.write_text, f"{SECRET_KEY}\n")
    monkeypatch.setenv("AFTERWORD_SECRET_KEY_FILE", str(file))
    assert (await created(afterword_key, *BOT))["key"].startswith("aw_")


async def test_a_database_that_is_away_or_nowhere_is_told(
    afterword_key: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AFTERWORD_MONGO_URL", "mongodb://127.0.0.1:1/?timeoutMS=500")
    away = await afterword_key("list")
    assert (away.exit_code, "AFTERWORD_MONGO_URL" in away.stderr) == (1, True)
    monkeypatch.setenv("AFTERWORD_MONGO_URL", "redis://127.0.0.1")
    wrong = await afterword_key("list")
    assert (wrong.exit_code, "is no address of MongoDB" in wrong.stderr) == (1, True)
    monkeypatch.delenv("AFTERWORD_MONGO_URL")
    monkeypatch.setenv("AFTERWORD_LOCAL", str(tmp_path))
    nowhere = await afterword_key("list")
    assert (nowhere.exit_code, "start a stack with `afterword up`" in nowhere.stderr) == (1, True)


async def test_help_teaches(afterword_key: Run) -> None:
    for words in (("--help",), ("create", "--help"), ("list", "--help"), ("revoke", "--help")):
        result: Result = await afterword_key(*words)
        assert result.exit_code == 0
        assert "key" in result.stdout
    assert "AFTERWORD_SECRET_KEY" in (await afterword_key("--help")).stdout
