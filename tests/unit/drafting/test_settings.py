"""What the policy file says about drafts, and how it says that something in it is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.drafting.adapters import SAMPLES
from services.drafting.app import guidance
from services.drafting.settings import Policy
from shared.contracts.base import Severity
from shared.contracts.severities import aliases
from shared.settings import SettingError, load_policy

BASE = """
[[people]]
name = "Olga Owner"
email = "owner@example.com"

[drafting]
default_owner = "owner@example.com"
"""
SECTION = '[[sections]]\nname = "story"\ntitle = "Story"\n'


def a_policy(folder: Path, text: str, template: str = SECTION) -> Any:
    (folder / "own.toml").write_text(template, "utf-8")
    path = folder / "policy.toml"
    path.write_text(BASE + text, "utf-8")
    return guidance(load_policy(path, Policy), path, secret="")


def test_templates_stand_beside_the_policy_file_and_severities_have_the_organisation_s_names(tmp_path: Path) -> None:
    by = a_policy(
        tmp_path,
        '[[drafting.templates]]\nfile = "own.toml"\nseverities = ["sev1"]\n'
        '[severities]\nsev1 = { label = "Critical", aliases = ["P0", "blocker"] }\n',
    )
    assert by.labels == {Severity.SEV1: "Critical"}
    assert list(by.write(SAMPLES[0]).report) == ["story"]
    assert "overview" in by.write(SAMPLES[1]).report


def test_the_organisation_s_own_days_are_free(tmp_path: Path) -> None:
    by = a_policy(tmp_path, '[organisation]\nfree_days = ["2026-03-04", "12-31", "02-29"]\n')
    assert by.is_free(date(2026, 3, 4))
    assert not by.is_free(date(2027, 3, 4))
    assert by.is_free(date(2026, 12, 31))
    assert by.is_free(date(2027, 12, 31))
    assert by.is_free(date(2028, 2, 29))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[organisation]\nfree_days = ["2026-02-30"]', "'2026-02-30' is no day; write one day as 2026-12-24"),
        ('[organisation]\nfree_days = ["24.12."]', "'24.12.' is no day"),
        ('[organisation]\nholidays = ["XX"]', "no holidays are known for 'XX'; write a country"),
        ('[severities]\nsev6 = { label = "Odd" }', "severities.sev6"),
        ('[severities]\nsev1 = { lable = "Odd" }', "severities.sev1.lable"),
        ('[severities]\nsev1 = { label = "a\\nb" }', "severities.sev1.label"),
        ('[severities]\nsev1 = { aliases = ["P1"] }\nsev2 = { aliases = ["p1"] }', "stands for sev1 and for sev2"),
        ('[[drafting.templates]]\nfile = "own.toml"\nseverity = ["sev1"]', "drafting.templates.0.severity"),
        ('[[drafting.templates]]\nfile = "gone.toml"', "gone.toml: cannot be read"),
    ],
)
def test_a_wrong_policy_is_one_line_that_names_the_key(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        a_policy(tmp_path, text)
    assert said in str(caught.value)
    assert str(caught.value).startswith("AFTERWORD_POLICY: ")
    assert "\n" not in str(caught.value)


def test_a_wrong_template_stops_the_service_with_a_line_that_names_policy_file_and_section(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"policy\.toml: drafting: .*own\.toml: section 'story'.*colour"):
        a_policy(tmp_path, '[[drafting.templates]]\nfile = "own.toml"', SECTION + 'colour = "red"\n')


def test_a_date_without_quotes_is_a_day_too(tmp_path: Path) -> None:
    assert a_policy(tmp_path, "[organisation]\nfree_days = [2026-03-04]\n").is_free(date(2026, 3, 4))


def test_labels_and_aliases_are_words_that_a_tool_may_use() -> None:
    policy = Policy.model_validate(
        {
            "people": [{"name": "O", "email": "o@example.com"}],
            "drafting": {"default_owner": "o@example.com"},
            "severities": {"sev1": {"label": "Highest  Alarm", "aliases": ["P0"]}, "sev3": {"aliases": ["critical"]}},
        }
    )
    assert aliases(policy.severities) == {
        "highest alarm": Severity.SEV1,
        "p0": Severity.SEV1,
        "critical": Severity.SEV3,
    }


def test_the_template_and_the_policy_in_the_documentation_are_right(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "templates.md").read_text("utf-8")
    blocks = [block.partition("```")[0] for block in page.split("```toml\n")[1:]]
    (template,) = [block for block in blocks if "[[sections]]" in block]
    for name in ("payments.toml", "postmortem.toml"):
        (tmp_path / name).write_text(template, "utf-8")
    by = a_policy(tmp_path, "".join(block for block in blocks if block != template).replace("[drafting]\n", "", 1))
    assert list(by.write(SAMPLES[0]).report) == ["overview", "money", "for_customers"]
    assert by.labels == {Severity.SEV1: "Critical"}
    assert by.is_free(date(2027, 12, 24))
