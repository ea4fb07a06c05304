"""What the page about coaching shows can be used as it stands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from services.review.adapters import builtin, rules_of
from services.review.app import coach
from services.review.domain.coaching import Coach, Draft
from services.review.settings import Policy
from shared.settings import SettingError

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "coaching.md").read_text("utf-8")
POLICY, HOUSE = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_file_of_one_s_own_rules_finds_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "house-style.toml").write_text(HOUSE, "utf-8")
    policy = Policy.model_validate(tomllib.loads(POLICY))
    mine = coach(policy, tmp_path / "afterword.toml")
    text = "The widget was slow. What is called a widget was slow. Nothing worked."
    found = mine.check(Draft({"external_summary": text, "overview": text}))
    assert [(each.section, each.advice.name, each.words) for each in found] == [
        ("external_summary", "house-words", "The widget")
    ]
    coaching = policy.practice(mine).coaching
    assert (coaching.coach, coaching.mail, coaching.block, coaching.quiet.seconds) == (mine, True, False, 7200)


def test_a_wrong_file_stops_the_room_with_a_line_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "house-style.toml").write_text(HOUSE.replace('"absolute"', '"absolut"'), "utf-8")
    policy = Policy.model_validate(tomllib.loads(POLICY))
    with pytest.raises(SettingError, match=r"review\.coaching: house-style\.toml: off: there is no rule 'absolut'"):
        coach(policy, tmp_path / "afterword.toml")


def test_nobody_is_coached_where_the_policy_says_so() -> None:
    policy = Policy.model_validate({"review": {"coaching": {"check": False}}})
    assert policy.practice(Coach(builtin())).coaching.coach is None


def test_every_rule_that_the_page_names_is_there() -> None:
    rules = rules_of(())
    known = {rule.advice.name for rule in rules.words} | {form.name for form in rules.forms}
    table = PAGE[PAGE.index("| question |") : PAGE.index("Sections go by")]
    named = set(re.findall(r"`([a-z-]+-[a-z-]+|outage)`", table))
    assert named <= known
    assert {form.name for form in rules.forms} - named == {"nothing-went-well"}
