"""The list of threats keeps its word: what it names is there, and what has no test says so."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "threats.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
UNCOVERED = "not covered"
HEADS = ("threat", "---")
MOST_UNCOVERED = 3
"""A new threat comes with its test; whoever raises this number says why in the list."""


def rows() -> list[list[str]]:
    """Return the rows of the tables: threat, what stands against it, tests."""
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] not in HEADS]


@cache
def names_in(path: Path) -> frozenset[str]:
    """Return the names of a file's tests."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_threat_names_what_stands_against_it_and_tests_that_there_are(row: list[str]) -> None:
    threat, stands, tests = row
    assert threat
    assert stands
    found = TEST.findall(tests)
    assert found or tests.startswith(UNCOVERED)
    assert tests.count("::") == len(found)
    for path, name in found:
        assert name in names_in(ROOT / path), f"{path} has no {name}"


def test_no_threat_stands_there_twice() -> None:
    threats = [threat for threat, *_ in rows()]
    assert len(threats) == len(set(threats))


def test_what_is_not_covered_is_no_more_than_it_was() -> None:
    assert len([row for row in rows() if row[2].startswith(UNCOVERED)]) <= MOST_UNCOVERED
