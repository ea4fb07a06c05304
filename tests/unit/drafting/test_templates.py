"""Templates: an organisation's own sections, what of them is missing, and files that are wrong."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.drafting import domain
from services.drafting.adapters import SAMPLES, BadTemplate, Template, TemplateBook, builtin
from services.drafting.domain.policy import TemplateRule
from shared.contracts.base import Severity
from shared.contracts.commands import SubmitForReview
from shared.contracts.events import DraftCreated, DraftRevised, Published
from shared.contracts.sections import Part, Section
from shared.contracts.severities import SeverityWords
from tests.helpers.builders import NOW, PM, a_snapshot, an_actor, an_incident_event
from tests.unit.drafting.test_domain import GUIDANCE, SETTLE, STORY, a_correction, a_revision, drafted, told

MUCH, LITTLE = SAMPLES
OWN = """
[[sections]]
name = "in_short"
title = "In short"
blocking = true
help = "Two sentences,\\nno more."
prompts = ["What surprised us?", "<script>alert(1)</script>"]
text = "{{ title | cell }} was {{ severity_label }}: {{ severity_description }}\\n\\n{{ to_do }}"

[[sections]]
name = "luck"
title = "Where we got lucky"
required = false
"""
OTHER = '[[sections]]\nname = "story"\ntitle = "Story"\n'
WORDS = {Severity.SEV1: SeverityWords(label="Critical", description="Everybody notices")}
OWN_GUIDANCE = dataclasses.replace(GUIDANCE, write=Template(OWN).write, labels={Severity.SEV2: "Major"})


def own_draft() -> domain.Postmortem:
    return domain.open_draft(told().state, OWN_GUIDANCE, NOW + SETTLE).state


def submitted(postmortem: domain.Postmortem) -> Any:
    return domain.submit(postmortem, SubmitForReview(postmortem_id=PM, actor=an_actor()), GUIDANCE, NOW)


def revised(postmortem: domain.Postmortem, **sections: str) -> domain.Postmortem:
    decision = domain.revise(postmortem, a_revision(postmortem.revision, sections=sections), OWN_GUIDANCE, NOW)
    assert decision.state
    return decision.state


def test_a_section_without_a_text_asks_with_its_help_and_its_prompts() -> None:
    report = Template(OWN, WORDS).write(MUCH).report
    assert report["luck"] == "> To do: write this section.\n"
    assert report["in_short"] == (
        "Checkout answers slowly was Critical: Everybody notices\n\n"
        "> To do: Two sentences, no more.\n>\n> - What surprised us?\n> - <script>alert(1)</script>\n"
    )


def test_the_template_that_comes_with_it_has_each_of_the_twenty_questions_once() -> None:
    prompts = [prompt for section in Template(builtin()).sections for prompt in section.prompts]
    assert (len(prompts), len(set(prompts))) == (20, 20)
    for facts in SAMPLES:
        text = "\n".join(Template(builtin()).write(facts).report.values())
        assert all(text.count(prompt) == 1 for prompt in prompts)


def test_the_external_message_has_three_sections_at_the_end_and_none_of_them_has_to_be_written() -> None:
    sections = Template(builtin()).sections
    external = [section for section in sections if section.part is Part.EXTERNAL]
    assert external == list(sections[-3:])
    assert not any(section.required or section.blocking for section in external)
    empty = {section.name: "" for section in sections}
    assert set(domain.missing(empty, sections)) == {each.name for each in sections[:-3]}


def test_the_first_rule_that_fits_chooses_the_template_else_the_usual_one(tmp_path: Path) -> None:
    for name in ("a", "b", "usual"):
        (tmp_path / name).write_text(f'[[sections]]\nname = "{name}"\ntitle = "{name}"\n', "utf-8")
    rules = (
        TemplateRule("a", severities=frozenset({Severity.SEV1}), services=frozenset({"payments"})),
        TemplateRule("b", severities=frozenset({Severity.SEV1})),
    )
    book = TemplateBook(rules, "usual", tmp_path)

    def chosen(severity: Severity, *services: str) -> list[str]:
        return list(book.write(dataclasses.replace(MUCH, severity=severity, services=services)).report)

    assert chosen(Severity.SEV1, "checkout", "payments") == ["a"]
    assert chosen(Severity.SEV1, "checkout") == ["b"]
    assert chosen(Severity.SEV2, "payments") == ["usual"]
    assert "overview" in TemplateBook(rules, None, tmp_path).write(LITTLE).report


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[sections", "is not TOML"),
        ("x = 1", "sections: Field required"),
        ("[[sections]]\nname = 'A b'\ntitle = 'x'", "small letters"),
        ("[[sections]]\nname = 'a'\ntitle = 'x'\nprompt = 1", "section 'a' (number 1): prompt: there is no such key"),
        ("[[sections]]\nname = 'a'\ntitle = \"x\\n## y\"", "title: write one line"),
        ("[[sections]]\nname = 'a'\ntitle = 'x'\nprompts = [\"x\\u0007\"]", "prompts.0: write one line"),
        ("[[sections]]\nname='a'\ntitle='x'\n[[sections]]\nname='a'\ntitle='y'", "'a': two sections have this name"),
        ("[[sections]]\nname='a'\ntitle='X'\n[[sections]]\nname='b'\ntitle='x'", "'x': two sections have this title"),
        ("[[sections]]\nname='a'\ntitle='x'\ntext='{% if %}'", "section 'a': text, line 1: Expected an expression"),
        ("[[sections]]\nname='a'\ntitle='x'\ntext='{{ x | big }}'", "No filter named 'big'"),
        ("[[sections]]\nname='a'\ntitle='x'\ntext='{{ cost }}'", "no variable 'cost'; there are duration, "),
        ("[[sections]]\nname='a'\ntitle='x'\ntext='{{ incident.cost }}'", "has no attribute 'cost'"),
        ("[[sections]]\nname='a'\ntitle='x'\ntext='{{ people[0].name }}'", "an incident of which little is known"),
        ("[[sections]]\nname='a'\ntitle='x'\ntext='{{ 1 / 0 }}'", "division by zero"),
        ("[[sections]]\nname='a'\ntitle='x'\ntext='{{ title.__class__.__mro__ }}'", "is unsafe"),
        ("sections = [1]", "section None (number 1)"),
    ],
)
def test_a_wrong_template_is_one_line_that_names_the_section_and_what_to_do(text: str, said: str) -> None:
    with pytest.raises(BadTemplate) as caught:
        Template(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_utf_8_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTemplate, match=r"gone\.toml: cannot be read: .* beside the policy file"):
        TemplateBook((), "gone.toml", tmp_path)
    (tmp_path / "odd.toml").write_bytes(b"\xff")
    with pytest.raises(BadTemplate, match=r"odd\.toml: is not UTF-8"):
        TemplateBook((), "odd.toml", tmp_path)


def test_what_no_sample_showed_is_asked_for_and_the_draft_is_there_all_the_same() -> None:
    template = Template("[[sections]]\nname='a'\ntitle='x'\ntext='{% if people %}{{ people[1].name }}{% endif %}'")
    text = template.write(dataclasses.replace(MUCH, people=MUCH.people[:1])).report["a"]
    assert text.startswith("> To do: write this section.")
    assert "could not fill" in text


@given(st.text())
def test_whatever_a_tool_says_stays_in_one_row_of_the_table(text: str) -> None:
    entry = MUCH.timeline[0].model_copy(update={"text": text, "source": text})
    facts = dataclasses.replace(MUCH, timeline=(entry,))
    rows = Template(builtin()).write(facts).report["timeline"].splitlines()
    assert len(rows) == 3


def test_what_blocks_keeps_a_text_from_review_and_what_is_only_missing_does_not() -> None:
    reply = submitted(own_draft()).reply
    assert (reply.refusal.rule, reply.refusal.field) == ("sections-missing", "sections.in_short")
    assert "In short (`in_short`)" in reply.refusal.detail
    written = revised(own_draft(), in_short="Slow.\n")
    assert written.missing == ("luck",)
    decision = submitted(written)
    assert decision.reply.data["missing"] == ["luck"]
    assert decision.state.state is domain.State.IN_REVIEW
    assert revised(written, luck="").missing == ()
    assert submitted(revised(written, in_short=" ")).reply.refusal.data == {"missing": ["in_short"]}


def test_a_draft_carries_its_sections_and_what_its_severity_is_called() -> None:
    (event,) = domain.open_draft(told().state, OWN_GUIDANCE, NOW + SETTLE).events
    assert isinstance(event, DraftCreated)
    assert [section.title for section in event.described()] == ["In short", "Where we got lucky"]
    assert (event.severity_label, event.severity_words()) == ("Major", "Major")
    changed = domain.revise(own_draft(), a_revision(severity="sev1"), OWN_GUIDANCE, NOW)
    assert changed.state
    assert changed.state.severity_label == ""
    (event,) = changed.events
    assert isinstance(event, DraftRevised)
    assert event.severity_words() == "SEV1"


def test_an_untouched_draft_takes_a_new_template_when_it_is_made_again_and_a_touched_one_never() -> None:
    late = an_incident_event("note", occurred_at=NOW + timedelta(minutes=20), entry={"text": "late"})
    again = domain.follow_incident(drafted(), late, "late", OWN_GUIDANCE, NOW).state
    assert list(again.report) == ["in_short", "luck"]
    assert [section.name for section in again.sections] == ["in_short", "luck"]
    touched = domain.revise(drafted(), a_revision(title="Mine"), GUIDANCE, NOW).state
    kept = domain.follow_incident(touched, late, "late", OWN_GUIDANCE, NOW).state
    assert (list(kept.report), kept.sections) == (list(drafted().report), drafted().sections)


def test_a_correction_keeps_the_sections_that_the_postmortem_always_had() -> None:
    published = Published.model_validate(
        {**a_snapshot(), "published_at": NOW, "lists": (), "recipients": 0, "revision": 1}
    )
    done = domain.hear_published(own_draft().changed(state=domain.State.APPROVED), published).state
    corrected = domain.correct(done, a_correction(), GUIDANCE, NOW).state
    assert corrected
    assert corrected.sections == own_draft().sections


def test_a_postmortem_from_before_templates_were_kept_goes_by_the_names_of_its_sections() -> None:
    old = domain.Postmortem.model_validate(
        drafted().model_dump(mode="json", exclude={"sections", "severity_label"})
    ).changed(report={"impact": "", "external_message": "-\n"})
    assert domain.missing(old.report, old.sections) == ("impact",)
    assert submitted(old).reply.refusal is None
    event = old.say(DraftCreated)
    assert [(s.title, s.part) for s in event.described()] == [
        ("Impact", Part.REPORT),
        ("External message", Part.EXTERNAL),
    ]


def test_whatever_order_the_incident_is_told_in_the_sections_are_those_of_the_template() -> None:
    backwards = domain.open_draft(told(STORY[::-1]).state, OWN_GUIDANCE, NOW + SETTLE).state
    assert backwards.sections == own_draft().sections == Template(OWN).sections
    assert all(type(section) is Section for section in backwards.sections)
