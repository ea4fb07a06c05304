"""The doctor on a whole stack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.local.run import Run
from deploy.operate.doctor import indexes
from shared.mongo import connect


@pytest.fixture
def here(running: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The stack that runs, for commands that look for one on this machine."""
    monkeypatch.setenv("AFTERWORD_LOCAL", str(folder))
    return running


def test_a_stack_that_is_up_has_nothing_wrong(here: Run) -> None:
    result = CliRunner().invoke(app, ("doctor", "--json", "--timeout", "60"))
    found = json.loads(result.stdout)
    assert [each for each in found if each["state"] == "failed"] == []
    ready = [each for each in found if each["check"] == "rooms"]
    assert [each["what"] for each in ready] == ["is ready"] * 5
    assert result.exit_code == 0
    shown = CliRunner().invoke(app, ("doctor", "--room", "drafting"))
    assert "✓ broker" in shown.stdout
    assert "there is no room" in CliRunner().invoke(app, ("doctor", "--room", "kitchen")).output


async def test_it_knows_every_index_that_the_rooms_have_made(here: Run) -> None:
    client = connect(here.mongo_url)
    for room, wanted in (await indexes.wanted()).items():
        rooms = client[f"afterword_{room}"]
        there = {name: await rooms[name].index_information() for name in await rooms.list_collection_names()}
        assert list(indexes.differing(wanted, there)) == []
        more = {(name, index) for name, made in there.items() for index in made if index not in wanted.get(name, {})}
        assert {index for _, index in more} <= {"_id_"}
    client.close()
