"""Remarks from review to the library, in whatever order things are heard: the newest text's; dismissed ones stay."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain import remarks
from services.gateway.domain.view import View, project
from services.review import domain
from services.review.domain import Review
from shared.contracts.base import BaseMessage, derived_id
from shared.contracts.coaching import DismissRemark, RevisionChecked
from shared.contracts.decision import Decision
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.review.test_checking import heard, revised

SENTENCES = tuple(f"Rita should have checked shard {n}." for n in range(4))
TEXTS = st.lists(st.sets(st.sampled_from(SENTENCES)).map(lambda chosen: "\n\n".join(sorted(chosen))), min_size=1)
REVISIONS = TEXTS.flatmap(
    lambda texts: st.lists(st.sampled_from(list(enumerate(texts, start=1))), min_size=1, max_size=12)
)
"""Revisions as they are heard: some twice, some late, some never."""
DISMISSALS = st.lists(st.integers(0, 11), max_size=4)


def dismissing(review: Review) -> Decision[Any]:
    """Somebody dismisses the first remark that stands."""
    (first, *_) = review.coached.standing(*{remark.severity for remark in review.coached.remarks})
    command = DismissRemark(postmortem_id=PM, actor=an_actor(), remark=first.id, reason="A quotation.")
    return domain.dismiss_remark(review, command, NOW)


def of_review(events: tuple[BaseMessage, ...]) -> list[RevisionChecked]:
    return [event for event in events if isinstance(event, RevisionChecked)]


@given(REVISIONS, DISMISSALS, st.data())
def test_what_is_shown_belongs_to_the_newest_revision_and_what_was_dismissed_stays_dismissed(
    revisions: list[tuple[int, str]], when: list[int], data: st.DataObject
) -> None:
    review: Review | None = None
    told: list[RevisionChecked] = []
    gone: set[str] = set()
    for step, (number, text) in enumerate(revisions):
        decision = heard(review, revised(number, text))
        review, told = decision.state, [*told, *of_review(decision.events)]
        if step in when and review.coached.counts()["error"]:
            decision = dismissing(review)
            review, told = decision.state, [*told, *of_review(decision.events)]
            gone |= set(review.coached.dismissals)
    number, text = max(revisions)
    facts = [revised(number, text), *told, *told[:2]]
    order = data.draw(st.permutations(facts))
    view: View | None = None
    for event in order:
        view = project(view, event, (NOW, derived_id(event.model_dump_json())))
    assert view
    assert view.draft
    shown = remarks.listed(view, view.draft, None, None, dismissed=None)
    assert (shown.revision, shown.current) == (number, True)
    assert [item.line for item in shown.items] == [1 + 2 * n for n in range(text.count("Rita"))]
    assert {item.id for item in shown.items if item.dismissed} == {item.id for item in shown.items} & gone
    assert len(told) == len({(each.revision, each.version) for each in told})
