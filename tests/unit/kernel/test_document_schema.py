"""Programs of two versions write the same document in turn, and each reads all that it knows of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given

from shared.document_schema import DocumentSchema, NewerDocument, State, States, Step
from tests.helpers.two_versions import EDITS, NEW, OLD, Edit, New, Old, Truth, with_lead


def written(row: State, edit: Edit) -> State:
    """Return the document after a program has read and changed it."""
    if edit.is_new:
        now = NEW.of(row)
        return NEW.row(edit.of_new(now), NEW.newer(row, now))
    before = OLD.of(row)
    return OLD.row(edit.of_old(before), OLD.newer(row, before))


@given(EDITS)
def test_whoever_writes_both_read_what_happened(edits: list[Edit]) -> None:
    row, truth = OLD.row(Old()), Truth()
    for edit in edits:
        row = written(row, edit)
        assert NEW.of(row) == truth.after(edit)
        assert OLD.of(row) == truth.as_old()


def test_what_is_known_of_one_version_alone_is_no_burden() -> None:
    row = OLD.row(Old(n=1))
    assert OLD.newer(row, Old(n=1)) is None
    assert NEW.newer(NEW.row(New()), New()) is None


def test_what_says_no_form_is_of_the_first() -> None:
    assert NEW.of({"state": {"owner": "ada"}}) == New(lead="ada")
    assert OLD.of({"state": {"owner": "ada"}}) == Old(owner="ada")


def test_a_part_of_a_state_is_brought_forward_too() -> None:
    assert NEW.of({"schema": OLD.row(Old())["schema"], "state": {"n": 3}}) == New(n=3)


def test_whose_fields_are_no_longer_written_does_not_read_on() -> None:
    """After the step that gives up the older name, programs of the first form are told to stop."""
    last = States(New, DocumentSchema(3, 2, (Step(2, with_lead),)))
    row = {"_id": "p1", **last.row(New(lead="ada"))}
    assert NEW.of(row) == last.of(row)
    with pytest.raises(NewerDocument, match=r"Old p1 is of form 3, which programs of form 2 and newer read.*of 1"):
        OLD.of(row)


def test_steps_are_gone_through_in_order_from_where_a_document_is() -> None:
    def tell(n: int) -> Step:
        def said(way: str) -> Callable[[State], State]:
            return lambda state: {**state, "note": f"{state.get('note', '')}{way}{n}"}

        return Step(n, said("+"), said("-"))

    schema = DocumentSchema(4, 1, tuple(map(tell, (2, 3, 4))))
    assert schema.forward({}, 1) == {"note": "+2+3+4"}
    assert schema.forward({}, 3) == {"note": "+4"}
    assert schema.forward({}, 4) == {}
    assert schema.with_older({}) == {"note": "-4-3-2"}
