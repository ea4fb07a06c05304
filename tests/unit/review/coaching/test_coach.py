"""What the checker says, where, under which id, and what it passes over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.review.adapters import builtin
from services.review.domain.coaching import Coach, Draft, Finding, Moment, Place, Rules
from services.review.domain.coaching.coach import MOST_OF_A_RULE
from services.review.domain.coaching.rules import Match, Pattern
from shared.contracts.coaching import RemarkSeverity as Severity

PEOPLE = ("Ben Okafor", "Zoë Lindqvist", "Will Chen")
COACH = Coach(builtin())
BLAME = "Ben Okafor should have checked the lag."


def found(text: str, section: str = "overview", people: tuple[str, ...] = PEOPLE) -> list[Finding]:
    return list(COACH.check(Draft({section: text}, people)))


def names(text: str, section: str = "overview") -> list[str]:
    return [finding.advice.name for finding in found(text, section)]


def test_a_finding_says_where_which_words_why_and_what_to_write_instead() -> None:
    (finding,) = found(f"Traffic rose.\n\n- At noon it fell. **Zoë** should have\n  asked. {'x' * 9}")
    assert finding.place == Place(3, 22, 4, 8)
    assert finding.words == "Zoë** should have\n  asked"
    assert finding.severity is Severity.ERROR
    assert finding.advice.family == "blame"
    assert all((finding.advice.bias, finding.advice.why, finding.advice.rewrite, finding.advice.message))


def test_an_id_stays_while_the_sentence_does_wherever_it_moves_and_however_it_is_laid_out() -> None:
    (before,) = found(BLAME)
    (after,) = found(f"# Overview\n\nIt rained.\n\n{BLAME}")
    (bold,) = found(BLAME.replace("checked", "**checked**"))
    assert before.id == after.id == bold.id
    assert before.place != after.place


def test_another_sentence_section_or_rule_has_another_id() -> None:
    ids = {found(BLAME)[0].id, found(BLAME, "timeline")[0].id, found(BLAME.replace("lag", "log"))[0].id}
    assert len(ids) == 3


def test_a_sentence_that_is_repeated_is_remarked_on_once() -> None:
    assert len(found(f"{BLAME} It rained. {BLAME}")) == 1


def test_what_a_heavier_rule_says_is_not_said_again_by_a_lighter_one() -> None:
    assert names(BLAME) == ["person-should-have"]
    assert names("The alert should have fired.") == ["counterfactual"]


def test_findings_come_in_the_order_of_sections_and_lines() -> None:
    text = f"{BLAME}\n\nIt was human error.\n\nThe probe should have fired."
    sections = {"mitigation": text, "overview": BLAME}
    places = [(each.section, each.place.line) for each in COACH.check(Draft(sections, PEOPLE))]
    assert places == [("mitigation", 1), ("mitigation", 3), ("mitigation", 5), ("overview", 1)]


@pytest.mark.parametrize(
    "text",
    [
        f"```\n{BLAME}\n```",
        f"~~~ log\n{BLAME}\n~~~",
        f"    {BLAME}",
        f"> {BLAME}",
        f"> - {BLAME}",
        f"The bot wrote `{BLAME}` at noon.",
        f'The bot wrote "{BLAME}" at noon.',
        f"The bot wrote \u201c{BLAME}\u201d at noon.",
        "See [the report](https://example.com/human-error) for more.",
        "See <https://example.com/human-error> for more.",
        "See https://example.com/human-error for more.",
        f"2026-01-02T10:00:00Z api-1 ERROR {BLAME}",
        f"<div>\n{BLAME}\n</div>",
        f"<!-- {BLAME} -->",
    ],
)
def test_code_quotations_logs_and_addresses_are_not_the_author_s_words(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"# {BLAME}",
        f"1. {BLAME}",
        f"- [ ] {BLAME}",
        f"| Time | Event |\n|---|---|\n| 10:00 | {BLAME} |",
        f"It rained, e.g. in Oslo. {BLAME}",
        BLAME.replace(" ", "\n"),
        BLAME.replace("should", "**should**"),
        f"It rained.\r\n{BLAME}\r\n",
    ],
)
def test_the_author_s_words_are_read_wherever_they_stand(text: str) -> None:
    assert [each.advice.name for each in found(text)] == ["person-should-have"]


def test_a_sentence_ends_where_the_next_begins_so_that_words_of_two_are_not_put_together() -> None:
    assert found("We asked Ben. Failed to start: the pod.") == []


@pytest.mark.parametrize("text", ["Benjamin should have known it.", "ben should have known it.", "The Chenille broke."])
def test_names_are_whole_words_with_their_capital(text: str) -> None:
    assert "person-should-have" not in names(text)


def test_a_name_that_is_a_word_counts_beside_another_or_before_a_verb() -> None:
    assert names("Will broke the build.") == ["person-failed"]
    assert names("Will a restart help?") == []
    assert names("Will Chen restarted it.") == []


def test_names_of_people_who_did_not_take_part_are_not_guessed() -> None:
    assert found("Redis should never have been chosen.", people=())[0].severity is Severity.WARNING


def test_sections_have_rules_of_their_own() -> None:
    assert names("Ben restarted it, which hid the lag. The limit was low.", "contributing_factors") == [
        "names-in-factors"
    ]
    assert names("The outage lasted ten minutes.", "external_summary") == ["outage"]
    assert names("The outage lasted ten minutes.", "overview") == []
    assert names("We will add an alert.", "timeline") == ["remedy-in-events"]
    assert names("- Be more careful\n- Add an alert on the lag", "action_items") == ["action-without-verb"]
    assert names("It was a minor glitch.", "external_what_happened") == ["angering-words"]


def test_a_full_outage_may_be_called_one() -> None:
    draft = Draft({"external_summary": "The outage lasted ten minutes."})
    assert not COACH.check(replace(draft, partial=False))


def test_what_a_report_is_without_is_advice() -> None:
    sections = {
        "contributing_factors": "- The limit was low.",
        "impact": "Some customers waited.",
        "what_went_well": "",
        "external_summary": " ",
        "external_what_happened": "",
    }
    timeline = (Moment("The pods were restarted."), Moment("The alert fired.", ("https://example.com/graph",)))
    told = COACH.check(Draft(sections, PEOPLE, timeline))
    assert {each.advice.name for each in told} == {
        "single-factor",
        "impact-without-numbers",
        "nothing-went-well",
        "no-external-message",
        "no-evidence",
    }
    assert {each.severity for each in told} == {Severity.ADVICE}
    assert [each.words for each in told if each.advice.name == "no-evidence"] == ["The pods were restarted."]


def test_what_has_been_written_is_not_asked_for() -> None:
    sections = {
        "contributing_factors": "- The limit was low.\n- The alert was silenced.",
        "impact": "120 customers waited.",
        "what_went_well": "The alert fired.",
        "external_summary": "Logins took longer.",
    }
    assert not COACH.check(Draft(sections, PEOPLE))


def test_customers_are_not_told_what_colleagues_call_the_severity() -> None:
    draft = Draft({"external_summary": "This was a sev-2 for us.", "overview": "A SEV-2."}, severity_words=("SEV-2",))
    (finding,) = COACH.check(draft)
    assert (finding.advice.name, finding.words, finding.section) == ("internal-severity", "sev-2", "external_summary")


def test_one_rule_speaks_so_often_in_one_section_and_no_more() -> None:
    text = "\n\n".join(f"Ben broke the shard {number}." for number in range(MOST_OF_A_RULE * 3))
    assert len(found(text)) == MOST_OF_A_RULE


@given(st.text(max_size=400) | st.text(alphabet='`*_[]()<>"|-#> \r\n\t.Ben', max_size=300))
@settings(max_examples=150, deadline=None)
def test_every_text_can_be_read_and_findings_lie_within_it(text: str) -> None:
    body = f"{text}\n\n{BLAME}"
    draft = Draft({"overview": body}, PEOPLE)
    once = COACH.check(draft)
    assert once == COACH.check(draft)
    assert all(each.words in body and each.place.line <= body.count("\n") + body.count("\r") + 1 for each in once)


@dataclass
class Counted:
    """A pattern that counts the bytes it is given to read, and otherwise is the one within."""

    within: Pattern
    read: int = 0

    def finditer(self, text: bytes) -> Iterator[Match]:
        self.read += len(text)
        return self.within.finditer(text)

    def search(self, text: bytes) -> Match | None:
        self.read += len(text)
        return self.within.search(text)


def work(rules: Rules, text: str) -> int:
    """Return how many bytes all patterns read for a text."""
    counted = [
        replace(rule, pattern=Counted(rule.pattern), unless=rule.unless and Counted(rule.unless))
        for rule in rules.words
    ]
    Coach(replace(rules, words=tuple(counted))).check(Draft({"overview": text}, PEOPLE))
    patterns = [each for rule in counted for each in (rule.pattern, rule.unless) if isinstance(each, Counted)]
    return sum(pattern.read for pattern in patterns)


@pytest.mark.parametrize(
    "piece", ["Nobody is to blame for it. ", "Ben should have known it ", "The pod failed to start. "]
)
def test_twice_the_text_is_twice_the_work(piece: str) -> None:
    once, twice = (work(COACH.rules, piece * times) for times in (1_000, 2_000))
    assert twice <= once * 2.1
