"""What metrics may say: whoever may look at them learns of no person and of no postmortem."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("Counter", "Gauge", "Histogram", "Summary", "Info", "Enum")
TELLING = re.compile(r"(^|_)(id|email|name|person|owner|reviewer|recipient|address|subject|title|postmortem|key|path)$")
"""Labels that would tell of somebody or something, and of which there would be more and more."""


def labels_in(path: Path) -> list[str]:
    """Return the names of all labels that a file gives to metrics of its own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not any(isinstance(node, ast.ImportFrom) and node.module == "prometheus_client" for node in ast.walk(tree)):
        return []
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in KINDS]
    lists = [part for call in calls for part in call.args[2:] if isinstance(part, ast.List)]
    return [str(ast.literal_eval(label)) for part in lists for label in part.elts]


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


CODE = sorted(path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py"))


def test_no_label_names_somebody_or_some_postmortem() -> None:
    found = [(str(path.relative_to(ROOT)), label) for path in CODE for label in labels_in(path)]
    assert found
    assert not [each for each in found if TELLING.search(each[1])]


@pytest.mark.parametrize("label", ["email", "postmortem_id", "subject", "owner"])
def test_such_a_label_would_be_noticed(label: str) -> None:
    assert TELLING.search(label)
