"""`afterword template`: what is said of a file that is right, and of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app

FOLDER = Path(__file__).resolve().parents[2] / "organisation"


def template(*words: str) -> Result:
    return CliRunner().invoke(app, ("template", *words))


def test_the_file_that_comes_with_it_is_where_one_s_own_begins(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(template("show", "--toml").output, "utf-8")
    done = template("check", str(mine))
    assert (done.exit_code, "13 sections" in done.output) == (0, True), done.output
    assert "what_happened" in done.output


def test_a_wrong_file_is_a_line_that_names_the_section(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('[[sections]]\nname = "a"\ntitle = "A"\ntext = "{{ cost }}"\n', "utf-8")
    done = template("check", str(mine))
    assert done.exit_code == 1
    assert "section 'a': text: there is no variable 'cost'" in done.output
    assert template("check", str(tmp_path / "gone.toml")).exit_code == 1


def test_a_draft_is_shown_from_the_template_that_the_policy_has_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_POLICY", str(FOLDER / "policy.toml"))
    shown = template("show", "--severity", "sev1", "--service", "tickets").output
    assert "## Geld & Tickets\n\n> To do: Wie viele" in shown
    assert "(Rot), 46 min" in shown
    assert "Geld" not in template("show", "--severity", "sev3").output


def test_a_policy_that_names_a_wrong_template_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "policy.toml"
    path.write_text((FOLDER / "policy.toml").read_text("utf-8"), "utf-8")
    monkeypatch.setenv("AFTERWORD_POLICY", str(path))
    done = template("show")
    assert done.exit_code == 1
    assert "zahlungen.toml: cannot be read" in done.output.replace("\n", "")
