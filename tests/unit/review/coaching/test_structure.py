"""The six questions of a review, as far as a program can ask them: every rule over labelled texts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from services.review.adapters import builtin
from services.review.domain.coaching import Coach, Draft
from shared.contracts.coaching import RemarkSeverity

COACH = Coach(builtin())
CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "structure.toml").read_text("utf-8"))["cases"]
QUESTIONS = {"detail", "depth", "what happened apart from how to fix it", "action items", "clarity", "external message"}
EACH = [
    pytest.param(case["rule"], case["section"], text, is_wanted, id=f"{case['rule']}-{kind}-{number}")
    for case in CASES
    for kind, is_wanted in (("wanted", True), ("left", False))
    for number, text in enumerate(case[kind])
]


@pytest.mark.parametrize(("rule", "section", "text", "is_wanted"), EACH)
def test_it_is_asked_for_where_it_is_missing_and_left_alone_where_it_is_not(
    rule: str, section: str, text: str, is_wanted: bool
) -> None:
    draft = Draft({section: text}, severity_words=("Critical", "SEV2", "SEV-2"))
    found = {each.advice.name: each.severity for each in COACH.check(draft)}
    assert (rule in found) is is_wanted, found
    assert RemarkSeverity.ERROR not in found.values()


def test_every_question_of_a_review_has_rules_and_every_form_has_texts() -> None:
    assert {case["question"] for case in CASES} >= QUESTIONS
    assert {case["rule"] for case in CASES} >= {form.name for form in COACH.rules.forms}


def test_the_title_of_what_a_link_leads_to_is_not_the_author_s_word() -> None:
    assert not COACH.check(Draft({"overview": "See [Human error as a cause](https://example.com/1) for more."}))
    assert COACH.check(Draft({"overview": "[Ben](https://example.com/ben) forgot to renew it."}, ("Ben Okafor",)))


def test_one_form_speaks_of_one_section_a_few_times_and_no_more() -> None:
    letters = "ABCDEFGHIJ"
    text = " ".join(f"The {a}{b}Q session was lost." for a in letters for b in letters)
    assert len(COACH.check(Draft({"external_summary": text}))) == 5
