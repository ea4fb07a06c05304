"""What was approved before its incident became another postmortem's is not published."""

from __future__ import annotations

from itertools import permutations

import pytest

from services.distribution import domain
from services.distribution.domain import Publication
from shared.contracts.base import postmortem_id
from shared.contracts.events import MeetingEnded, ReviewApproved
from shared.contracts.merging import PostmortemMerged
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import TERMS, a_command, approved, meeting_ended
from tests.unit.distribution.test_publication import LATER, hear, rule

MERGED = PostmortemMerged(
    postmortem_id=PM, into=postmortem_id("tool", "other"), revision=2, merged_at=NOW, merged_by="chen@example.com"
)
Fact = ReviewApproved | MeetingEnded | PostmortemMerged


def after(facts: tuple[Fact, ...]) -> Publication:
    """Return the publication after these facts."""
    publication: Publication | None = None
    for fact in facts:
        if isinstance(fact, PostmortemMerged):
            publication = domain.hear_merged(publication, fact, TERMS, NOW).state
        else:
            publication = hear(publication, fact).state
    assert publication
    return publication


@pytest.mark.parametrize("order", list(permutations((approved(2), meeting_ended(), MERGED))))
def test_an_approval_from_before_the_merge_is_void_in_whatever_order_it_is_heard(order: tuple[Fact, ...]) -> None:
    publication = after(order)
    assert domain.publish_when_due(publication, TERMS, LATER).events == ()
    assert rule(domain.publish(publication, a_command(), TERMS, LATER)) == "not-approved"


def test_what_is_approved_after_it_goes_on_is_published() -> None:
    assert domain.publish_when_due(after((MERGED, approved(3), meeting_ended())), TERMS, LATER).events


def test_what_is_published_stays_published() -> None:
    published = domain.publish_when_due(after((approved(2), meeting_ended())), TERMS, LATER).state
    assert domain.hear_merged(published, MERGED, TERMS, LATER).state.edition == published.edition
