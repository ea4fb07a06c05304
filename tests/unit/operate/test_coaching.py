"""`afterword coaching`: a file is read as the review reads it, and an editor gets the same rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.operate.coaching import parts_of

REPORT = """# Search is slow

- Severity: SEV2

## What happened

Traffic rose at noon. The queue filled. Nobody was paged.
Ben Okafor should have checked the lag.

```
## Not a heading
```

## Our own words

Human error.

## Our own words

It was obvious.
"""
FIELDS = {"extends", "message", "level", "raw"}
"""What a style of Vale cannot be without."""


def coaching(*words: str) -> Result:
    return CliRunner().invoke(app, ("coaching", *words))


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.md"
    path.write_text(REPORT, "utf-8")
    return path


def test_a_remark_is_a_line_with_its_place_in_the_file_and_an_error_is_the_exit_status(report: Path) -> None:
    done = coaching("check", str(report), "--people", "Ben Okafor")
    assert done.exit_code == 1
    heads = [line.removeprefix(f"{report}:").split(":")[:3] for line in done.output.splitlines()]
    assert heads == [
        ["8", "1", " error person-should-have"],
        ["16", "1", " error human-error"],
        ["20", "8", " warning hindsight"],
    ]
    assert "“Ben Okafor should have checked” A person or role" in done.output


def test_a_file_without_errors_ends_well_and_names_are_known_only_when_they_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Okafor failed to read the page.\n", "utf-8")
    assert coaching("check", str(path)).exit_code == 0
    assert coaching("check", str(path), "--people", "Ben Okafor").exit_code == 1


def test_as_json_it_is_all_that_the_api_tells(report: Path) -> None:
    found = json.loads(coaching("check", "--json", str(report)).output)
    assert [(each["line"], each["rule"], each["section"]) for each in found] == [
        (8, "counterfactual", "what_happened"),
        (16, "human-error", "our_own_words"),
        (20, "hindsight", "our_own_words_18"),
    ]
    assert all(each["bias"] and each["why"] and each["rewrite"] for each in found)


def test_a_file_that_is_not_there_and_wrong_rules_are_a_line_each(report: Path, tmp_path: Path) -> None:
    gone = coaching("check", str(tmp_path / "gone.md"))
    assert (gone.exit_code, "gone.md: it cannot be read" in gone.output.replace("\n", " ")) == (1, True)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('off = ["blam"]', "utf-8")
    refused = coaching("check", str(report), "--rules", str(wrong))
    assert (refused.exit_code, "off: there is no rule 'blam'" in refused.output) == (1, True)


def test_the_rules_are_shown_with_one_s_own(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('off = ["outage"]', "utf-8")
    shown = coaching("rules").output
    assert all(name in shown for name in ("person-failed", "outage", "single-factor"))
    assert " outage " not in coaching("rules", "--rules", str(own)).output


def test_an_exported_style_has_all_that_vale_wants_and_settings_that_are_there_are_left_alone(tmp_path: Path) -> None:
    assert coaching("export", str(tmp_path)).exit_code == 0
    styles = [yaml.safe_load(path.read_text("utf-8")) for path in (tmp_path / "styles" / "Afterword").glob("*.yml")]
    assert len(styles) > 10
    assert all(set(style) >= FIELDS for style in styles)
    assert {style["level"] for style in styles} == {"error", "warning", "suggestion"}
    assert "BasedOnStyles = Afterword" in (tmp_path / ".vale.ini").read_text("utf-8")
    (tmp_path / ".vale.ini").write_text("mine", "utf-8")
    assert coaching("export", str(tmp_path)).exit_code == 0
    assert (tmp_path / ".vale.ini").read_text("utf-8") == "mine"


def test_the_words_before_the_first_heading_are_the_overview_unless_they_are_a_title_alone() -> None:
    assert next(part.name for part in parts_of(REPORT)) == "overview"
    assert [(part.name, part.above) for part in parts_of("# Title\n\n## Impact\n3\n")] == [("impact", 3)]
    assert list(parts_of("")) == []
