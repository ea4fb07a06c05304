"""The house keeps its plan: the same rooms, small files, documented and said only where it may be."""

from __future__ import annotations

import ast
import calendar
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("drafting", "review", "calendar", "distribution", "gateway")
PLAN = ("app", "settings", "handlers", "domain", "ports", "store")
CODE = sorted(path for folder in ("services", "shared", "deploy") for path in (ROOT / folder).rglob("*.py"))
ALL = CODE + sorted((ROOT / "tests").rglob("*.py"))
WRITTEN = (".json", ".md", ".toml", ".yml", ".html", ".css", ".txt")
GENERATED = {
    ROOT / "deploy" / "rabbitmq" / "definitions.json",
    *(ROOT / "docs").glob("*api.json"),
    *(ROOT / "shared" / "contracts" / "schemas").glob("*.json"),
    *(ROOT / "tests").glob("*/requirements.txt"),
    *(ROOT / "tests" / "contract" / "documents").glob("*/*.json"),
    ROOT / "deploy" / "operate" / "requirements.txt",
}
"""Written by a program and held equal to it by a test: a line for each queue or field there is, however many."""
TEXTS = sorted(
    path
    for folder in ("services", "shared", "deploy", "docs", "tests")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in WRITTEN and path not in GENERATED
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_the_same_plan(room: str) -> None:
    folder = ROOT / "services" / room
    for part in PLAN:
        assert (folder / f"{part}.py").exists() or (folder / part / "__init__.py").exists(), f"{room} has no {part}"
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert "Hears" in docstring
    assert "Says" in docstring or "says" in docstring
    assert "Owns" in docstring


@pytest.mark.parametrize("path", [*ALL, *TEXTS, ROOT / "README.md", ROOT / "pyproject.toml"], ids=name_of)
def test_no_file_is_longer_than_people_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_functions_are_small() -> None:
    lengths = [(node.end_lineno or 0) - node.lineno + 1 for path in CODE for node in functions(path)]
    assert median(lengths) < 10


def test_nothing_is_called_utils() -> None:
    assert not [path for path in ALL if path.stem in ("utils", "helpers", "misc", "common")]


def test_the_standard_library_s_calendar_is_not_shadowed() -> None:
    assert "services" not in str(calendar.__file__)
    program = "import calendar, services.calendar; assert calendar.timegm and services.calendar is not calendar"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_no_handler_and_no_decision_is_left_without_an_acknowledgement_policy() -> None:
    for path in CODE:
        text = path.read_text(encoding="utf-8")
        assert text.count(".subscriber(") == text.count("ack_policy="), name_of(path)


def test_lock_files_pin_by_hash_and_name_no_registry() -> None:
    for name in (
        "requirements.txt",
        "requirements-dev.txt",
        "deploy/operate/requirements.txt",
        "deploy/radicale/requirements.txt",
        "deploy/local/mongod.txt",
        "tests/bench/requirements.txt",
        "tests/calendars/requirements.txt",
        "tests/clients/requirements.txt",
        "tests/fuzz/requirements.txt",
        "tests/supply/requirements.txt",
    ):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert text.count("--hash=sha256:") > 0, name
        assert not re.search(r"https?://|index-url", text), name


def test_every_make_verb_is_described() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = re.findall(r"^([a-z-]+):(.*)$", makefile, re.MULTILINE)
    assert {"help", "demo", "up", "down", "test", "check", "bench"} <= {verb for verb, _ in verbs}
    assert all("##" in rest for _, rest in verbs)


def test_stores_read_states_by_their_form() -> None:
    """`States.of` brings forward what an older version wrote; `revisions` are rows, written once."""
    services = ROOT / "services"
    for path in (*services.glob("*/store.py"), *services.glob("*/store/*.py")):
        if path.name != "history.py":
            assert 'model_validate(row["state"])' not in path.read_text(encoding="utf-8"), name_of(path)
