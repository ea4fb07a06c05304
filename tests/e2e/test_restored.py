"""A backup of a stack, put back on another one: nothing of the library is lost, and nobody is mailed twice.

Two whole stacks take more than a minute, so only with AFTERWORD_FAULTS=all (`make cluster-test`, `make faults`);
tests/integration/test_backup.py saves and restores with every test run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.demo import AUTHOR, tell
from deploy.demo.driver import Driver
from deploy.local import stack
from deploy.local.run import Run
from tests.helpers.long_run import in_long_runs

pytestmark = [pytest.mark.timeout(400), in_long_runs]
WHOLE = ("", "/revisions", "/revisions/1", "/text", "/deliveries", "/threads", "/remarks", "/external-message")
STACK = re.compile(r"http://127\.0\.0\.1:\d+")
"""Where a stack answers; each has another port."""


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Path]:
    """A stack of its own: on the shared one, postmortems of other tests move on between two looks."""
    folder = tmp_path / "one"
    stack.up(folder)
    yield folder
    stack.down(folder)


@pytest.fixture
def another(one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A stack with servers of its own, but for the calendar, which has survived."""
    caldav = run_of(one).caldav
    account = f"{caldav['username']}:{caldav['password']}@"
    monkeypatch.setenv("AFTERWORD_CALDAV_URL", caldav["url"].replace("://", f"://{account}"))
    folder = tmp_path / "another"
    stack.up(folder)
    yield folder
    stack.down(folder)


def run_of(folder: Path) -> Run:
    """Return what runs there, every part of it alive."""
    status = stack.status(folder)
    assert status
    assert all(status.alive.values())
    return status.run


def seen(driver: Driver) -> dict[str, str]:
    """What is told of the postmortem, and of all that there are, on every page."""
    key = {"Authorization": f"Bearer {driver.key_of(AUTHOR)}"}
    paths = [*(driver.path + part for part in WHOLE), "/v1/postmortems?limit=100", "/v1/action-items", "/v1/reviewers"]
    answers = {path: driver.client.get(path, headers=key) for path in paths}
    return {path: STACK.sub("", answer.text) for path, answer in answers.items() if answer.is_success}


def test_the_library_is_whole_on_another_stack_and_nothing_is_mailed_twice(
    one: Path, another: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = Driver(run_of(one).as_json())
    tell(driver, lambda _: None)
    before = seen(driver)
    assert len(before) >= len(WHOLE)
    monkeypatch.setenv("AFTERWORD_LOCAL", str(one))
    saved = CliRunner().invoke(app, ("backup", str(tmp_path / "backup")))
    assert saved.exit_code == 0, saved.output
    assert seen(driver) == before
    monkeypatch.setenv("AFTERWORD_LOCAL", str(another))
    refused = CliRunner().invoke(app, ("restore", str(tmp_path / "backup")))
    assert (refused.exit_code, "--replace" in refused.output) == (1, True)
    put_back = CliRunner().invoke(app, ("restore", str(tmp_path / "backup"), "--replace", "--yes"))
    assert put_back.exit_code == 0, put_back.output
    there = Driver(run_of(another).as_json())
    again = Driver(run_of(another).as_json(), incident=driver.incident)
    assert (again.id, seen(again)) == (driver.id, before)
    tell(there, lambda _: None)
    assert again.mails() == []
    assert seen(again)[driver.path] == before[driver.path]
