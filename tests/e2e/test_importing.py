"""A folder of postmortems from before becomes a library: every file an entry, found by its words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.demo.driver import Driver
from tests.helpers.postmortem_files import Written, write

COUNT = 200
TOKEN = "glpat-" + "aB3dE5fG7hJ9kL1mN3pQ"
Rows = dict[str, dict[str, Any]]
Import = Callable[..., tuple[int, Rows]]


@pytest.fixture
def bring(driver: Driver) -> Import:
    """Run `afterword import` against the running stack; return its exit status and what it says of each file."""
    admin = {"AFTERWORD_GATEWAY_URL": driver.run["gateway_url"], "AFTERWORD_GATEWAY_KEY": key_of(driver, "admin")}

    def run(*words: str | Path) -> tuple[int, Rows]:
        result = CliRunner().invoke(app, ["import", "--json", *map(str, words)], env=admin)
        assert result.stdout, result.stderr
        return result.exit_code, {Path(row["file"]).name: row for row in json.loads(result.stdout)}

    return run


def key_of(driver: Driver, role: str) -> str:
    return driver.key_of(driver.person(role))


def found(driver: Driver, word: str) -> list[str]:
    page = driver.get(driver.person("engineer"), f"/v1/postmortems?q={word}")
    return [each["id"] for each in page["items"]]


def outcomes(rows: Rows) -> set[str]:
    return {row["outcome"] for row in rows.values()}


def test_two_hundred_files_are_two_hundred_entries_each_found_by_a_word_of_its_text(
    driver: Driver, bring: Import, tmp_path: Path
) -> None:
    written = write(tmp_path, COUNT, seed=1)
    first = tmp_path / written[0].path
    assert [outcomes(bring("--dry-run", first)[1]), found(driver, written[0].story.word)] == [{"created"}, []]
    status, rows = bring(tmp_path)
    assert (status, len(rows), outcomes(rows)) == (0, COUNT, {"created"})
    assert len({row["id"] for row in rows.values()}) == COUNT
    for each in written:
        assert found(driver, each.story.word) == [rows[Path(each.path).name]["id"]], each
    one(driver, written[0], rows)
    again, rows = bring(tmp_path)
    assert (again, outcomes(rows)) == (0, {"unchanged"})


def one(driver: Driver, written: Written, rows: Rows) -> None:
    """Hold one of them to what its file says."""
    id = rows[Path(written.path).name]["id"]
    shown = driver.get(driver.person("engineer"), f"/v1/postmortems/{id}")
    assert (shown["status"], shown["timeliness"], shown["revision"]) == ("published", "done", 1)
    assert (shown["imported"]["source"], shown["imported"]["owner_known"]) == (written.path, False)
    assert shown["created_at"].startswith(written.story.day.isoformat())
    assert (shown["meeting"]["status"], shown["publication"], shown["review"]["state"]) == ("none", None, "none")
    assert shown["timeline"][0]["text"] == "The first alert"
    headers = {"Authorization": f"Bearer {key_of(driver, 'admin')}"}
    refused = driver.client.post(f"/v1/postmortems/{id}/submit", json={}, headers=headers)
    assert refused.json()["rule"] == "imported"


def test_a_file_that_changed_is_the_next_revision_and_one_with_a_secret_waits_until_it_is_allowed(
    driver: Driver, bring: Import, tmp_path: Path
) -> None:
    file = tmp_path / "kept-secret.md"
    file.write_text(f"# A secret\n\n## Impact\n\nThe token {TOKEN} was in the log.\n")
    status, rows = bring(file)
    (finding,) = rows["kept-secret.md"]["findings"]
    assert (status, rows["kept-secret.md"]["outcome"]) == (1, "failed")
    status, rows = bring(file, "--allow", finding["id"], "--reason", "Revoked in 2021")
    assert (status, rows["kept-secret.md"]["outcome"]) == (0, "created")
    file.write_text(file.read_text() + "\nNobody used it: zuverlaessig.\n")
    status, rows = bring(file)
    assert (status, rows["kept-secret.md"]["outcome"]) == (0, "changed")
    assert found(driver, "zuverlaessig") == [rows["kept-secret.md"]["id"]]
    history = driver.get(driver.person("engineer"), f"/v1/postmortems/{rows['kept-secret.md']['id']}/revisions")
    assert [(each["revision"], each["note"]) for each in history["items"]] == [
        (2, "imported from kept-secret.md"),
        (1, "imported from kept-secret.md"),
    ]
