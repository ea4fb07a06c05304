"""A correction that is given up: its approval goes nowhere once that is known, and the next one goes out."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from services.distribution import domain
from services.distribution.domain import Publication
from shared.contracts.events import Published
from shared.contracts.withdrawing import CorrectionWithdrawn
from tests.helpers.builders import NOW, a_draft
from tests.unit.distribution.fakes import TERMS, revised
from tests.unit.distribution.test_corrections import a_correction, out
from tests.unit.distribution.test_publication import hear

BEGUN, APPROVED = revised(3), a_correction(3)
BACK: Any = a_draft(CorrectionWithdrawn, revision=4, correction_of=4, withdrawn_by="a@example.com", withdrawn_at=NOW)
NEXT = a_correction(5, of=4)


def lived(order: tuple[Any, ...]) -> tuple[Publication, list[Published]]:
    """Return what distribution knows after these facts, and what it has published meanwhile."""
    state, said = out(), list[Published]()
    for fact in order:
        edits = isinstance(fact, CorrectionWithdrawn)
        decision = domain.hear_edit(state, fact, TERMS, NOW) if edits else hear(state, fact)
        state = decision.state
        said += [event for event in decision.events if isinstance(event, Published)]
    return state, said


@pytest.mark.parametrize("order", list(permutations((BEGUN, APPROVED, BACK))))
def test_an_approval_that_is_heard_after_the_withdrawal_publishes_nothing(order: tuple[Any, ...]) -> None:
    state, said = lived(order)
    was_faster = order.index(APPROVED) < order.index(BACK)
    assert [event.revision for event in said] == ([3] if was_faster else [])
    assert state.edition
    assert state.edition.revision == (3 if was_faster else 2)
    assert state.newest_revision == 4


@pytest.mark.parametrize("order", list(permutations((BEGUN, APPROVED, BACK, NEXT))))
def test_the_next_correction_goes_out_and_corrects_what_is_published_whatever_it_was(order: tuple[Any, ...]) -> None:
    state, said = lived(order)
    assert state.edition
    assert (state.edition.revision, said[-1].revision) == (5, 5)
    assert [event.correction_of for event in said] == [2, *(event.revision for event in said[:-1])]
