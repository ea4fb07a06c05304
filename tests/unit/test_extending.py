"""What docs/extending.md shows can be used as it stands."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from services.drafting.adapters.template import Template
from services.drafting.settings.checks import PolicyPattern
from services.review.adapters import rules_of
from services.review.domain.coaching import Coach, Draft
from shared.contracts.base import Severity
from shared.contracts.values import IncidentKind
from tests.helpers.deliveries import delivery

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "extending.md").read_text("utf-8")


def shown(language: str, marked: str) -> str:
    """Return the one block of the page in a language that has these words in it."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (found,) = [str(block) for block in blocks if marked in block]
    return found


@pytest.fixture
def beacon(tmp_path: Path) -> ModuleType:
    path = tmp_path / "beacon.py"
    path.write_text(shown("python", "def parse"), "utf-8")
    spec = importlib.util.spec_from_file_location("beacon_of_the_page", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where pydantic looks for the names of annotations
    spec.loader.exec_module(module)
    return module


def test_the_incident_tool_means_what_it_sends_and_proves_itself(beacon: ModuleType) -> None:
    body = shown("json", '"e-1"').encode()
    ((_, report),) = beacon.parse(delivery(body))
    told = (report.external_id, report.kind, report.severity, report.services, report.title)
    assert told == ("B-7", IncidentKind.OPENED, Severity.SEV1, ("checkout",), "Checkout answers slowly")
    event: dict[str, Any] = json.loads(body) | {"type": "paged again"}
    ((_, note),) = beacon.parse(delivery(json.dumps(event).encode()))
    assert (note.kind, note.entry.text) == (IncidentKind.NOTE, "Beacon: paged again")
    signed = delivery(body, {beacon.SIGNATURE: beacon.sign(body, "right")})
    assert beacon.verify(signed, ("old", "right"))
    assert not beacon.verify(signed, ("wrong",))


def test_the_template_has_the_sections_that_are_told() -> None:
    assert [section.name for section in Template(shown("toml", "[[sections]]")).sections] == [
        "overview",
        "money",
        "timeline",
    ]


def test_the_language_finds_what_the_page_says(tmp_path: Path) -> None:
    path = tmp_path / "deutsch.toml"
    path.write_text(shown("toml", "[words]"), "utf-8")
    text = (
        "Ben Okafor hat den Alarm übersehen. Die Bereitschaft hat die Anleitung vergessen.\n"
        "Man hätte den Pool größer machen müssen. Der Pool war leer, und der Alarm war leise gestellt."
    )
    found = Coach(rules_of([path])).check(Draft({"what_happened": text}, ("Ben Okafor",)))
    assert [(each.advice.name, each.words) for each in found if each.advice.severity != "advice"] == [
        ("jemand-hat-versagt", "Ben Okafor hat den Alarm übersehen"),
        ("jemand-hat-versagt", "Die Bereitschaft hat die Anleitung vergessen"),
        ("haette-sollen", "hätte den Pool größer machen müssen"),
    ]


def test_the_pattern_is_one_of_a_policy() -> None:
    (row,) = tomllib.loads(shown("toml", "drafting.patterns"))["drafting"]["patterns"]
    pattern = PolicyPattern.model_validate(row)
    assert re.search(pattern.regex, "Das Passwort: hunter2hunter stand im Log.")
