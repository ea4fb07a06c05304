"""`afterword import`: which files it reads, what it says of them, and how it gets them through the door."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.local.errors import LocalError
from deploy.operate import importing
from deploy.operate.import_files import MOST_BYTES, Read, collect, read_all
from deploy.operate.importing import Allowed, Outcome, send_all
from services.gateway.domain.importing import Defaults
from services.gateway.domain.rates import Policy
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.importing import ImportPostmortem
from shared.messaging.topology import HEARS
from tests.helpers.front_door import Door
from tests.helpers.postmortem_files import write

DONE = Reply(data={"outcome": "created", "revision": 1, "content_hash": "x" * 64})
FINDING = {"id": "4f9c2d17aa03be58", "section": "impact", "line": 1, "what": "GitLab Token", "excerpt": "glp…"}


def a_file(folder: Path, name: str, content: bytes = b"# A title\n\nSome words.\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read(folder: Path) -> list[Read]:
    return read_all(collect([folder]), Defaults())


def afterword(*words: str | Path, **env: str) -> Any:
    found = {"AFTERWORD_LOCAL": "/nowhere", **env}
    return CliRunner().invoke(app, ["import", *map(str, words)], env=found)


def a_client(door: Door, role: str = "admin") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=door.app, raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"Authorization": f"Bearer key-{role}"}
    )


async def sent(door: Door, rows: Sequence[Read], role: str = "admin", *allowed: str) -> list[Outcome]:
    async with a_client(door, role) as client:
        return await send_all(rows, client, Allowed(frozenset(allowed), "Revoked"), dry_run=False)


def test_only_the_gateway_hears_of_an_import_so_nobody_is_asked_for_anything() -> None:
    assert [room for room, names in HEARS.items() if "PostmortemImported.v1" in names] == ["gateway"]


def test_markdown_is_found_in_all_folders_but_hidden_ones_and_not_round_in_circles(tmp_path: Path) -> None:
    for name in ("b.md", "a.MARKDOWN", "2021/c.md", ".git/d.md", "e.txt", ".f.md", "README.md"):
        a_file(tmp_path, name)
    (tmp_path / "2021" / "again").symlink_to(tmp_path)
    found = collect([tmp_path, tmp_path / "b.md"], ("README*", "2020/*"))
    assert [each.name for each in found] == ["a.MARKDOWN", "b.md", "2021/c.md"]


def test_a_place_that_is_not_there_is_named() -> None:
    with pytest.raises(LocalError, match=r"nowhere\.md: there is no such file"):
        collect([Path("nowhere.md")])


def test_bad_files_are_named_with_what_to_do_and_do_not_stop_the_others(tmp_path: Path) -> None:
    a_file(tmp_path, "empty.md", b"\n")
    a_file(tmp_path, "good.md")
    a_file(tmp_path, "huge.md", b"x" * (MOST_BYTES + 1))
    a_file(tmp_path, "latin.md", "# Größe".encode("latin-1"))
    a_file(tmp_path, "open.md", b"---\ntitle: T\n")
    a_file(tmp_path, "one.md", b"---\nid: same\n---\n# One\n")
    a_file(tmp_path, "two.md", b"---\nid: same\n---\n# Two\n")
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    os.mkfifo(tmp_path / "pipe.md")
    problems = {row.file.name: row.problem for row in read(tmp_path)}
    assert problems.pop("good.md") == problems.pop("one.md") == ""
    assert {name: problem.partition(";")[0] for name, problem in problems.items()} == {
        "empty.md": "it is empty",
        "huge.md": "it has 900,001 bytes, and 900,000 are the most",
        "latin.md": "it is not UTF-8 (line 1, byte 5)",
        "loop.md": "it cannot be read: Too many levels of symbolic links",
        "open.md": "its front matter begins with `---` and never ends",
        "pipe.md": "it is no file",
        "two.md": f"it goes by 'same' as {tmp_path / 'one.md'} does",
    }


def test_a_dry_run_without_a_gateway_shows_what_is_understood_and_fails_for_what_is_not(tmp_path: Path) -> None:
    a_file(tmp_path, "2021-03-04-a.md", b"# The pool ran out\n\n## Root cause\n\nx\n")
    good = afterword("--dry-run", "--service", "checkout", "--severity", "sev3", tmp_path)
    assert good.exit_code == 0, good.output
    assert all(word in good.stdout for word in ("The pool ran out", "2021-03-04", "sev3", "checkout", "contributing"))
    assert "1 file: 1 read (dry run: nothing is changed)" in good.stderr
    a_file(tmp_path, "bad.md", b"")
    bad = afterword("--dry-run", "--json", tmp_path)
    assert bad.exit_code == 1
    rows = {Path(row["file"]).name: row for row in json.loads(bad.stdout)}
    assert (rows["bad.md"]["outcome"], rows["bad.md"]["problem"]) == ("failed", "it is empty")
    assert rows["2021-03-04-a.md"]["warnings"] == [
        "no severity: the policy's default is taken; or import with --severity"
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--dry-run", "--timezone", "Nowhere/Else"), "--timezone: there is no time zone 'Nowhere/Else'"),
        ((), "no gateway runs here"),
        (("--url", "http://127.0.0.1:1"), "give both --url and --key"),
        (("--url", "http://127.0.0.1:1", "--key", "k"), "no gateway answers at http://127.0.0.1:1"),
        (("--url", "elsewhere", "--key", "k"), "no gateway answers at elsewhere"),
    ],
)
def test_what_cannot_be_is_one_line_that_says_what_to_do(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    a_file(tmp_path, "a.md")
    result = afterword(*words, tmp_path)
    assert result.exit_code == 1
    assert says in result.stderr
    assert "Traceback" not in result.stderr


async def test_every_file_becomes_one_command_and_what_came_of_it_is_told_in_order(tmp_path: Path) -> None:
    door, written = Door(), write(tmp_path, 16)
    door.messages.reply = DONE
    rows = read(tmp_path)
    came = await sent(door, rows)
    assert [each.file for each in came] == rows
    assert {each.outcome for each in came} == {"created"}
    commands = [command for _, command in door.messages.said if isinstance(command, ImportPostmortem)]
    assert {command.source for command in commands} == {each.path for each in written}
    assert len({command.postmortem_id for command in commands}) == 16


async def test_who_may_not_import_is_told_so_once(tmp_path: Path) -> None:
    write(tmp_path, 3)
    with pytest.raises(LocalError, match="does not let this key import: The role engineer"):
        await sent(Door(), read(tmp_path), "engineer")


async def test_an_answer_that_is_still_to_come_is_asked_for_under_the_same_key(tmp_path: Path) -> None:
    a_file(tmp_path, "a.md")
    door = Door()
    door.messages.reply = None
    first = door.messages.ask

    async def later(id: str, command: Any, patience: float) -> Reply | None:
        reply = await first(id, command, patience)
        door.messages.reply = DONE
        return reply

    door.messages.ask = later  # type: ignore[method-assign]
    (came,) = await sent(door, read(tmp_path))
    assert came.outcome == "created"
    assert len(door.messages.said) == 2
    assert len({id for id, _ in door.messages.said}) == 1


async def test_limits_of_the_gateway_are_waited_for(tmp_path: Path) -> None:
    write(tmp_path, 3)
    door = Door(rates={Policy.PERSON: "2/second"})
    door.messages.reply = DONE
    assert {each.outcome for each in await sent(door, read(tmp_path))} == {"created"}


def a_refusal() -> Reply:
    data = {"findings": [FINDING], "found": 1}
    return Reply(refusal=Refusal(kind=Kind.INVALID, rule="secret-or-personal-data", detail="a token", data=data))


async def test_what_was_found_in_a_file_is_told_and_let_through_when_it_is_allowed(tmp_path: Path) -> None:
    a_file(tmp_path, "a.md")
    door, rows = Door(), read(tmp_path)
    door.messages.reply = a_refusal()
    (refused,) = await sent(door, rows, "admin", "0000000000000000")
    assert (refused.outcome, refused.problem, refused.findings) == ("failed", "a token", (FINDING,))
    assert len(door.messages.said) == 1
    await sent(door, rows, "admin", str(FINDING["id"]))
    justified = [command.justifications for _, command in door.messages.said if isinstance(command, ImportPostmortem)]
    assert [[(each.finding, each.reason) for each in given] for given in justified[1:]] == [
        [],
        [(FINDING["id"], "Revoked")],
    ]


async def test_another_refusal_is_the_file_s_own_problem(tmp_path: Path) -> None:
    a_file(tmp_path, "a.md")
    door = Door()
    door.messages.reply = Reply(refusal=Refusal(kind=Kind.INVALID, rule="too-large", detail="shorten the text"))
    (came,) = await sent(door, read(tmp_path))
    assert (came.outcome, came.problem) == ("failed", "shorten the text")


def test_without_a_stack_there_is_no_gateway_to_find(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AFTERWORD_LOCAL", str(tmp_path))
    assert importing.find(None, None) is None
