"""What a newcomer pastes from the documentation works as it is written, and answers what its comments say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.run import Run

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    *("README.md", "docs/api.md", "docs/watching.md", "docs/reviewing.md", "docs/writing.md", "docs/drafting.md"),
    *("docs/several-incidents.md", "docs/reviewers-and-lists.md", "docs/community.md", "docs/assignment.md"),
    *("docs/incident-tools.md", "docs/coaching.md", "docs/digests.md", "docs/importing.md", "docs/searching.md"),
    "docs/insights.md",
)
"""In this order: the later ones go on from the variables of the first."""
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
SAYS = re.compile(r" {2,}# (\d.*|the same again)$", re.MULTILINE)
"""A comment behind a command that tells what it answers: a number and what else is in the answer."""
NEXT = "--- the next block ---"


@dataclass(frozen=True)
class Example:
    """One block of a page, and what it wrote when it was run."""

    page: str
    text: str
    wrote: str


def blocks() -> list[tuple[str, str]]:
    """Return every block for the shell, with its page."""
    return [(page, text) for page in PAGES for text in BLOCK.findall((ROOT / page).read_text("utf-8"))]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, running: Run) -> Path:
    """A checkout as `make up` leaves it: the virtual environment, and what the running stack tells."""
    place = tmp_path_factory.mktemp("checkout")
    (place / ".local").mkdir()
    (place / ".local" / "run.json").write_text(json.dumps(running.as_json()))
    (place / ".venv").symlink_to(Path(sys.executable).parents[1])
    return place


@pytest.fixture(scope="module")
def examples(checkout: Path) -> list[Example]:
    """Every block, run one after the other in one shell that stops at the first command that fails."""
    found = blocks()
    script = "".join(f"{text}\necho; echo '{NEXT}'\n" for _, text in found)
    done = subprocess.run(
        ["/bin/bash", "-e", "-o", "pipefail", "-c", script],
        check=False,
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=300,
    )
    outputs = done.stdout.split(NEXT)
    assert done.returncode == 0, (found[len(outputs) - 1], outputs[-1], done.stderr[-2000:])
    return [Example(page, text, wrote) for (page, text), wrote in zip(found, outputs, strict=False)]


def test_every_curl_is_run_and_none_needs_more_than_the_readme_gives() -> None:
    pages = {page: (ROOT / page).read_text("utf-8") for page in PAGES}
    told = {page: text.count("curl ") for page, text in pages.items()}
    run = {page: sum(text.count("curl ") for at, text in blocks() if at == page) for page in PAGES}
    assert run == told
    assert all(told.values())
    assert not [text for _, text in blocks() if re.search(r"<\w[\w-]*>", text)]


def test_what_the_comments_promise_is_what_comes(examples: list[Example]) -> None:
    for example in examples:
        wrote = "".join(example.wrote.split())
        for promise in SAYS.findall(example.text):
            if promise == "the same again":
                answers = wrote.partition("}{")
                assert answers[1], example
                is_done = "status_url" not in wrote  # else its service was too slow to answer one of the two
                assert not is_done or wrote[: len(wrote) // 2] == wrote[len(wrote) // 2 :], example
            else:
                assert all("".join(part.split()) in wrote for part in promise.split(", ")), example


def test_nothing_else_is_refused(examples: list[Example]) -> None:
    for example in examples:
        promised = [promise for promise in SAYS.findall(example.text) if '"rule"' in promise]
        assert example.wrote.count('"type":"/problems/') == len(promised), example


def test_the_incidents_that_they_report_are_there(examples: list[Example]) -> None:
    accepted = "".join(example.wrote for example in examples).count('"message_ids":')
    assert accepted == 6
