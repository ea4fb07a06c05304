"""What is kept of the checks of one postmortem: counts, whatever order they come in, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.patterns import OTHER, Kind, Patterns, Remarks, heard, remarks
from services.gateway.domain.view import View
from shared.contracts.base import derived_id
from shared.contracts.coaching import RevisionChecked
from tests.helpers.builders import NOW, PM, a_remark

SECRET = "Olga Owner <owner@example.com> forgot"
DISMISSED = {"by": "owner@example.com", "at": NOW, "reason": SECRET}


def a_check(revision: int, *made: Any, minutes: int = 0, version: int = 0) -> RevisionChecked:
    at = NOW + timedelta(minutes=minutes)
    return RevisionChecked(postmortem_id=PM, revision=revision, version=version, content_hash="x", remarks=made, at=at)


def put_together(checks: Sequence[RevisionChecked]) -> Patterns:
    known = Patterns()
    for check in checks:
        known = heard(known, check, (check.at, derived_id(check.model_dump_json())))
    return known


def found(*checks: RevisionChecked) -> Remarks:
    known = remarks(put_together(checks))
    assert known
    return known


def test_the_first_draft_is_compared_with_what_there_is_by_now() -> None:
    first = a_check(2, a_remark(), a_remark(), a_remark(severity="error"))
    last = a_check(4, a_remark(), a_remark(section="timeline", dismissed=DISMISSED))
    assert found(first, a_check(3), last) == Remarks(
        first={"overview/counterfactual/error": 1, "overview/counterfactual/warning": 2},
        last={"overview/counterfactual/warning": 1, "timeline/counterfactual/warning": 1},
        dismissed={"timeline/counterfactual/warning": 1},
        biases={"counterfactual": "hindsight bias"},
    )


def test_what_was_made_out_of_the_incident_is_nobodys_first_draft() -> None:
    opened, written = a_check(1, a_remark(section="timeline")), a_check(2, a_remark())
    assert found(opened, written).first == {"overview/counterfactual/warning": 1}
    assert found(opened).first == {"timeline/counterfactual/warning": 1}


def test_a_dismissal_counts_and_counts_no_more_when_it_is_taken_back() -> None:
    checks = (
        a_check(2, a_remark()),
        a_check(2, a_remark(dismissed=DISMISSED), minutes=1),
        a_check(2, a_remark(), minutes=2),
    )
    assert found(*checks[:2]).dismissed == {"overview/counterfactual/warning": 1}
    assert found(*checks).dismissed == {}


def test_of_two_words_about_a_revision_the_one_with_the_higher_version_holds() -> None:
    later, earlier = a_check(2, version=2), a_check(2, a_remark(), minutes=1, version=1)
    assert found(later, earlier) == found(earlier, later) == Remarks()


def test_a_revision_without_remarks_is_checked_all_the_same() -> None:
    assert found(a_check(2)) == Remarks()
    assert remarks(Patterns()) is None


def test_a_view_that_was_stored_before_there_were_checks_is_still_read() -> None:
    assert View.model_validate({"id": PM}).review.patterns == Patterns()


WORDS = st.sampled_from(["overview", "hindsight", "single-cause", SECRET, "owner@example.com", "Überblick", ""])
REMARKS = st.builds(
    a_remark,
    section=WORDS,
    family=WORDS,
    bias=st.sampled_from(["hindsight bias", SECRET, "owner@example.com", ""]),
    severity=st.sampled_from(["error", "warning", "advice"]),
    dismissed=st.sampled_from([None, DISMISSED]),
    **dict.fromkeys(("words", "message", "why", "rewrite"), st.just(SECRET)),
)
CHECKS = st.lists(st.tuples(st.integers(1, 4), st.lists(REMARKS, max_size=4), st.integers(0, 3)), min_size=1)


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[RevisionChecked], list[RevisionChecked]]:
    """Checks, and the same in another order with some of them twice."""
    checks = [a_check(revision, *made, minutes=minutes) for revision, made, minutes in draw(CHECKS)]
    again = draw(st.lists(st.sampled_from(checks)))
    return checks, draw(st.permutations([*checks, *again]))


@given(shuffled())
def test_order_and_repeats_change_nothing(orders: tuple[list[RevisionChecked], list[RevisionChecked]]) -> None:
    assert put_together(orders[0]) == put_together(orders[1])


@given(shuffled())
def test_neither_text_nor_names_nor_addresses_are_kept(
    orders: tuple[list[RevisionChecked], list[RevisionChecked]],
) -> None:
    kept = put_together(orders[0])
    stored = kept.model_dump_json()
    for word in ("Olga", "@", "forgot", "should have", "5b2c8f0d91a7e364", "Ü"):
        assert word not in stored
    assert kept.last
    for kind in map(Kind.read, kept.last.remarks):
        assert {kind.section, kind.family} <= {"overview", "hindsight", "single-cause", OTHER}


@given(shuffled())
def test_no_remark_is_counted_twice_or_lost(orders: tuple[list[RevisionChecked], list[RevisionChecked]]) -> None:
    checks = orders[0]
    newest = max(checks, key=lambda each: (each.revision, each.at, derived_id(each.model_dump_json())))
    known = found(*checks)
    assert sum(known.last.values()) == len(newest.remarks)
    assert sum(known.dismissed.values()) == sum(each.dismissed is not None for each in newest.remarks)
