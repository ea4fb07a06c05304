"""An organisation's own rules, what is said of wrong ones, and all of them as styles of Vale."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.review.adapters import BadRules, builtin, rules_of, vale_styles
from services.review.domain.coaching import Coach, Draft

OWN = """
off = ["absolute"]

[families.house]
bias = "habit"
why = "New colleagues do not know the word."

[words]
thing = "(?:widget|gadget)"

[[rules]]
name = "house-words"
family = "house"
severity = "warning"
message = "A word of the house."
rewrite = "Call it by its name."
patterns = ["\\\\bthe {thing}s?\\\\b"]
unless = "called the"
"""
RULE = OWN[OWN.index("[[rules]]") :]


def written(folder: Path, text: str) -> Path:
    path = folder / "house.toml"
    path.write_text(text, "utf-8")
    return path


def test_rules_of_an_organisation_are_added_and_others_switched_off(tmp_path: Path) -> None:
    coach = Coach(rules_of([written(tmp_path, OWN)]))
    found = coach.check(
        Draft({"overview": "The widget is what is called the widget. The Gadgets stood still. Nothing worked."})
    )
    assert [(each.advice.name, each.words) for each in found] == [("house-words", "The Gadgets")]
    assert found[0].advice.bias == "habit"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OWN.replace('"house"', '"hous"'), r"house\.toml: rule 'house-words': family: there is no 'hous'; add"),
        (OWN.replace("{thing}", "{thin}"), r"rule 'house-words': patterns: there are no words \{thin\}; there are"),
        (OWN.replace("\\\\bthe {thing}s?", "(?=the)"), r"rule 'house-words': patterns: RE2 cannot read it"),
        (
            OWN.replace("\\\\bthe {thing}s?\\\\b", "(?:a)?"),
            r"rule 'house-words': patterns: it matches an empty text; name",
        ),
        (
            OWN.replace("{thing}s?", "{thing}\u00e9"),
            r"rule 'house-words': patterns: '\u00e9' is never found.* write 'e'",
        ),
        (OWN.replace("(?:widget|gadget)", "{thing}"), r"words stand within themselves; write them out"),
        (
            OWN.replace("warning", "fatal"),
            r"house\.toml: rule 'house-words': severity: Input should be 'error', 'warning'",
        ),
        (OWN.replace("rewrite", "rewrit"), r"house\.toml: rule 'house-words': rewrite: Field required"),
        (OWN + 'colour = "red"\n', r"house\.toml: rule 'house-words': colour: take it out"),
        (OWN.replace("house-words", "human-error"), r"rule 'human-error': there is one of this name already"),
        (OWN.replace("absolute", "absolut"), r"house\.toml: off: there is no rule 'absolut'; there are"),
        (OWN + RULE, r"rule 'house-words': there is one of this name already; take another name"),
        (OWN + "[[forms]]\n", r"house\.toml: forms: what is looked at without words is code"),
        (OWN.replace("[words]", "[words"), r"house\.toml: it is no TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_file_rule_and_fix(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadRules, match=said):
        rules_of([written(tmp_path, text)])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match=r"away\.toml: it cannot be read"):
        rules_of([tmp_path / "away.toml"])


def test_every_rule_of_the_room_tells_what_people_need() -> None:
    rules = builtin()
    advice = [*(rule.advice for rule in rules.words), *rules.forms]
    assert len({each.name for each in advice}) == len(advice)
    assert all(each.bias and each.why and each.rewrite and each.message for each in advice)


def test_rules_are_written_as_styles_for_vale() -> None:
    styles = vale_styles(builtin())
    assert {"Afterword/HumanError.yml", "Afterword/Counterfactual.yml"} <= set(styles)
    assert "Afterword/NamesInFactors.yml" not in styles
    read = {name: yaml.safe_load(text) for name, text in styles.items()}
    assert {style["extends"] for style in read.values()} == {"existence"}
    assert {style["level"] for style in read.values()} == {"error", "warning", "suggestion"}
    assert read["Afterword/HumanError.yml"]["raw"][0].count("human|operator")
    assert all(style["message"].count("%s") == 1 for style in read.values())
