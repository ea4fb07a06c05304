"""Edits side by side: of different parts none is lost, of the same part one wins and the other is told what changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.drafting import domain
from services.drafting.domain import Postmortem, State
from shared.contracts.base import Owner, Severity
from shared.contracts.commands import Role
from shared.contracts.decision import Decision, Refusal
from shared.contracts.events import AccessChanged, DraftRevised
from tests.helpers.builders import NOW, an_actor, an_incident_event
from tests.unit.drafting.test_domain import GUIDANCE, a_correction, a_revision, drafted

LATER = NOW + timedelta(hours=1)
ADA, BO = an_actor("ada@example.com"), an_actor("bo@example.com")


def revised(state: Postmortem | None, base: int = 1, **fields: Any) -> Decision[Postmortem | None]:
    return domain.revise(state, a_revision(base, **fields), GUIDANCE, LATER)


def after(state: Postmortem | None, base: int = 1, **fields: Any) -> Postmortem:
    decision = revised(state, base, **fields)
    assert refusal_of(decision) is None
    assert decision.state
    return decision.state


def refusal_of(decision: Decision[Any]) -> Refusal | None:
    assert decision.reply
    return decision.reply.refusal


def conflicts(decision: Decision[Any]) -> list[dict[str, Any]]:
    refusal = refusal_of(decision)
    assert refusal
    assert (refusal.rule, refusal.field, decision.events) == ("stale-revision", "If-Match", ())
    found: list[dict[str, Any]] = refusal.data["conflicts"]
    return found


def test_edits_of_different_sections_on_one_base_are_both_kept_and_the_second_says_that_it_was_merged() -> None:
    first = after(drafted(), actor=ADA, sections={"impact": "412 customers"})
    decision = revised(first, actor=BO, sections={"resolution": "Bigger pool"})

    assert decision.state
    assert (decision.state.revision, decision.state.report["impact"]) == (3, "412 customers")
    assert decision.state.report["resolution"] == "Bigger pool"
    assert decision.reply
    assert decision.reply.data["merged_from"] == 1
    (event,) = decision.events
    assert isinstance(event, DraftRevised)
    assert (event.revision, event.report["impact"]) == (3, "412 customers")


def test_an_edit_on_the_current_revision_does_not_say_that_it_was_merged() -> None:
    decision = revised(drafted(), title="Other")
    assert decision.reply
    assert "merged_from" not in decision.reply.data


def test_the_same_section_changed_meanwhile_is_refused_and_says_which_by_whom_and_when() -> None:
    first = after(drafted(), actor=ADA, sections={"impact": "412 customers"}, note="counted")
    second = after(first, base=2, title="Other")
    decision = revised(second, base=1, actor=BO, sections={"impact": "513 customers", "resolution": "x"})

    assert decision.state == second
    assert conflicts(decision) == [
        {
            "field": "sections.impact",
            "revision": 2,
            "changed_by": "ada@example.com",
            "changed_at": "2026-03-02T13:00:00Z",
        }
    ]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"title": "Mine"}, {"title": "Theirs"}),
        ({"severity": "sev1"}, {"severity": "sev3"}),
        ({"services": ["a"]}, {"services": ["b"]}),
        ({"owner": Owner(name="A", email="a@example.com")}, {"owner": Owner(name="B", email="b@example.com")}),
    ],
)
def test_fields_beside_the_sections_are_parts_too(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    first = after(drafted(), **theirs)
    assert [found["field"] for found in conflicts(revised(first, **mine))] == list(mine)
    assert after(first, sections={"impact": "x"}).revision == 3


def test_another_severity_moves_the_deadline_and_stands_in_no_other_edit_s_way() -> None:
    first = after(drafted(), severity="sev1")
    second = after(first, title="Other")
    assert (second.severity, second.deadline) == (Severity.SEV1, first.deadline)


def test_what_was_changed_to_the_very_same_conflicts_with_nothing() -> None:
    first = after(drafted(), sections={"impact": "412 customers"}, title="Other")
    decision = revised(first, sections={"impact": "412 customers"})
    assert (decision.state, decision.events, refusal_of(decision)) == (first, (), None)


def test_what_was_changed_and_changed_back_is_a_change_all_the_same() -> None:
    before = drafted()
    first = after(before, title="Other")
    back = after(first, base=2, title=before.title)
    assert [found["revision"] for found in conflicts(revised(back, title="Mine"))] == [3]


@pytest.mark.parametrize("base", [4, 9])
def test_a_revision_that_never_was_is_no_base(base: int) -> None:
    refusal = refusal_of(revised(after(drafted(), title="Other"), base=base, sections={"impact": "x"}))
    assert refusal
    assert (refusal.rule, refusal.data["revision"]) == ("stale-revision", 2)
    assert "conflicts" not in refusal.data


def test_a_base_whose_text_was_another_is_no_base() -> None:
    state = after(drafted(), title="Other")
    assert refusal_of(revised(state, base_hash="0" * 16, sections={"impact": "x"}))
    assert after(state, base_hash=drafted().content_hash()[:16], sections={"impact": "x"}).revision == 3


def test_of_a_document_from_before_this_was_kept_every_part_counts_as_changed_in_its_last_revision() -> None:
    old = after(drafted(), actor=ADA, title="Other").changed(touched={})
    (found,) = conflicts(revised(old, sections={"impact": "x"}))
    assert (found["field"], found["revision"], found["changed_by"]) == ("sections.impact", 2, "ada@example.com")
    third = after(old, base=2, sections={"impact": "x"})
    assert conflicts(revised(third, base=2, title="Mine"))[0]["revision"] == 3
    assert after(third, base=3, title="Mine").revision == 4


def test_an_old_document_without_its_revisions_takes_its_current_one_as_a_base() -> None:
    old = drafted().changed(touched={}, revisions=())
    assert after(old, title="Other").title == "Other"


def test_tags_and_readers_changed_by_others_meanwhile_are_not_replaced() -> None:
    owner = an_actor("ian@example.com", Role.ADMIN)
    first = after(drafted(), actor=ADA, base_access=0, tags=["search"])
    assert conflicts(revised(first, actor=BO, base_access=0, tags=["api"])) == [
        {"field": "tags", "revision": None, "changed_by": "ada@example.com", "changed_at": "2026-03-02T13:00:00Z"}
    ]
    decision = revised(first, actor=owner, base_access=0, readers=["guest@example.com"])
    (event,) = decision.events
    assert isinstance(event, AccessChanged)
    assert (event.tags, event.readers, event.access) == (("search",), ("guest@example.com",), 2)
    assert after(first, base_access=1, tags=["api"]).tags == ("api",)
    assert after(first, tags=["api"]).tags == ("api",)  # who does not say what they saw replaces what is there


def test_tags_in_the_same_set_are_no_change() -> None:
    first = after(drafted(), base_access=0, tags=["search"])
    assert after(first, base_access=0, tags=["search", "search"]) == first


def test_a_tool_that_closes_a_postmortem_is_not_overruled_by_who_did_not_know() -> None:
    private = an_incident_event("note", occurred_at=NOW + timedelta(minutes=5), private=True)
    closed = domain.follow_incident(drafted(), private, "private", GUIDANCE, NOW).state
    owner = an_actor("ian@example.com")
    (found,) = conflicts(revised(closed, closed.revision, actor=owner, base_access=0, restricted=False))
    assert (found["field"], found["changed_by"]) == ("restricted", "afterword")
    assert after(closed, closed.revision, actor=owner, base_access=1, restricted=False).restricted is False


def test_an_edit_of_one_part_merges_into_a_correction_and_a_correction_of_an_older_text_does_too() -> None:
    edited = after(drafted(), title="Edited")
    out = edited.changed(state=State.PUBLISHED, published=2)
    corrected = domain.correct(out, a_correction(1, sections={"impact": "513"}), GUIDANCE, LATER).state
    assert corrected
    assert (corrected.title, corrected.report["impact"], corrected.correction_of) == ("Edited", "513", 2)
    assert after(corrected, 2, sections={"resolution": "x"}).report["impact"] == "513"
    assert conflicts(revised(corrected, 2, sections={"impact": "600"}))


PARTS = ("title", "overview", "impact", "resolution")
EDITS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.dictionaries(st.sampled_from(PARTS), st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3),
    ),
    max_size=25,
)


def named(edit: dict[str, str]) -> dict[str, Any]:
    """Return an edit of parts as a command has it."""
    sections = {name: text for name, text in edit.items() if name != "title"}
    return {"sections": sections, **({"title": edit["title"]} if "title" in edit else {})}


def part(state: Postmortem, name: str) -> str:
    return state.title if name == "title" else state.report[name]


@given(EDITS)
def test_whatever_edits_are_made_on_whichever_bases_the_text_is_that_of_the_accepted_ones_in_their_order(
    edits: list[tuple[int, dict[str, str]]],
) -> None:
    state, expected = drafted(), {name: part(drafted(), name) for name in PARTS}
    seen = {1: dict(expected)}
    for behind, edit in edits:
        base = max(1, state.revision - behind)
        decision = revised(state, base, **named(edit))
        moved = {name for name in edit if _changed_since(seen, base, name) and edit[name] != expected[name]}
        if moved:
            assert {found["field"].removeprefix("sections.") for found in conflicts(decision)} == moved
            assert decision.state == state
            continue
        assert refusal_of(decision) is None
        assert decision.state
        expected |= edit
        state = decision.state
        seen[state.revision] = dict(expected)
        assert {name: part(state, name) for name in PARTS} == expected


def _changed_since(seen: dict[int, dict[str, str]], base: int, name: str) -> bool:
    """Say whether a part was another in any revision from the base on."""
    return len({texts[name] for revision, texts in seen.items() if revision >= base}) > 1
