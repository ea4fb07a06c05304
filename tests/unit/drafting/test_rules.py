"""Which incidents get a postmortem: the first rule that matches, and the guide's where the policy has none."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from services.drafting import domain
from services.drafting.domain import Postmortem
from services.drafting.domain.rules import Case, Rule, first_match, usual
from services.drafting.domain.triage import case_of, triage
from shared.contracts.base import Severity
from tests.helpers.builders import NOW, an_incident_event
from tests.unit.drafting.test_domain import GUIDANCE, STORY, told

MAJOR = frozenset({Severity.SEV1, Severity.SEV2})
MINUTE = timedelta(minutes=1)


def a_case(**fields: Any) -> Case:
    given: dict[str, Any] = {
        "severity": Severity.SEV2,
        "services": frozenset({"checkout"}),
        "lasted": 50 * MINUTE,
        "false_alarm": False,
        "response_started": True,
    }
    return Case(**(given | fields))


def a_rule(**fields: Any) -> Rule:
    return Rule(postmortem=False, reason="No", **fields)


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        ({}, True),
        ({"severity": Severity.SEV3}, False),
        ({"false_alarm": True}, True),
        ({"false_alarm": True, "severity": Severity.SEV5}, True),
        ({"false_alarm": True, "response_started": False}, False),
        ({"false_alarm": True, "response_started": False, "severity": Severity.SEV1}, False),
    ],
)
def test_without_rules_of_its_own_a_policy_follows_the_guide(case: dict[str, Any], wanted: bool) -> None:
    rule = first_match(usual(MAJOR), a_case(**case))
    assert (rule.postmortem, bool(rule.reason)) == (wanted, True)


def test_without_any_severity_nothing_but_a_false_alarm_that_was_answered_gets_one() -> None:
    rules = usual(frozenset())
    assert not any(first_match(rules, a_case(severity=severity)).postmortem for severity in Severity)
    assert first_match(rules, a_case(false_alarm=True)).postmortem


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ({}, True),
        ({"severities": MAJOR}, True),
        ({"severities": frozenset({Severity.SEV5})}, False),
        ({"services": frozenset({"checkout", "search"})}, True),
        ({"services": frozenset({"search"})}, False),
        ({"shorter_than": 51 * MINUTE}, True),
        ({"shorter_than": 50 * MINUTE}, False),
        ({"longer_than": 49 * MINUTE}, True),
        ({"longer_than": 50 * MINUTE}, False),
        ({"false_alarm": False}, True),
        ({"false_alarm": True}, False),
        ({"response_started": True}, True),
        ({"response_started": False}, False),
        ({"severities": MAJOR, "longer_than": 60 * MINUTE}, False),
    ],
)
def test_a_rule_matches_when_all_that_it_names_does(rule: dict[str, Any], matches: bool) -> None:
    assert a_rule(**rule).matches(a_case()) is matches


def test_a_duration_that_nobody_knows_is_neither_short_nor_long() -> None:
    unknown = a_case(lasted=None)
    assert not a_rule(shorter_than=50 * MINUTE).matches(unknown)
    assert not a_rule(longer_than=timedelta()).matches(unknown)


def test_the_first_rule_that_matches_counts_and_gives_the_reason() -> None:
    own = (
        Rule(postmortem=False, reason="Over before anybody came", shorter_than=51 * MINUTE),
        Rule(postmortem=True, reason="Checkout always", services=frozenset({"checkout"})),
    )
    assert triage(told().state, dataclasses.replace(GUIDANCE, rules=own)).reason == "Over before anybody came"
    assert triage(told().state, dataclasses.replace(GUIDANCE, rules=own[1:])).reason == "Checkout always"
    assert triage(told().state, GUIDANCE).reason == "Its severity asks for one."


def test_what_rules_ask_is_read_from_the_incident() -> None:
    alone = told((STORY[0], STORY[-1])).state
    assert case_of(alone, GUIDANCE) == a_case(response_started=False)
    assert case_of(told().state, GUIDANCE) == a_case()


def said(*words: bool | None) -> Postmortem:
    story = (an_incident_event("note", occurred_at=NOW + n * MINUTE, false_alarm=word) for n, word in enumerate(words))
    return told((*STORY, *story)).state


def test_of_what_was_said_of_a_false_alarm_the_last_word_counts_and_silence_is_none() -> None:
    assert (said().false_alarm, said(True, None).false_alarm, said(True, False).false_alarm) == (None, True, False)


def test_a_false_alarm_that_nobody_answered_is_passed_over_and_one_that_was_answered_gets_a_draft() -> None:
    quiet = (STORY[0], an_incident_event("resolved", occurred_at=NOW + MINUTE, false_alarm=True))
    (event,) = domain.open_draft(told(quiet).state, GUIDANCE, NOW).events
    assert event.name == "PostmortemSkipped.v1"
    (event,) = domain.open_draft(said(True), GUIDANCE, NOW).events
    assert event.name == "DraftCreated.v1"
