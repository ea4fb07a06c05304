"""Approvals that are taken back: distribution publishes none that it knows to be void, in whatever order it hears."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.distribution import domain
from services.distribution.domain import Publication
from shared.contracts.commands import PublishPostmortem, Role
from shared.contracts.events import MeetingEnded, Published, ReviewApproved
from shared.contracts.values import Reviewer
from shared.contracts.verdicts import ApprovalWithdrawn
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.distribution.fakes import TERMS

REVIEWER = Reviewer(name="R", email="r@example.com")


def approved(number: int = 0, revision: int = 1, **fields: Any) -> ReviewApproved:
    event: ReviewApproved = a_draft(ReviewApproved, revision=revision, approvals=(), approval_round=number, **fields)
    return event


def withdrawn(number: int = 1, revision: int = 1) -> ApprovalWithdrawn:
    return ApprovalWithdrawn(
        postmortem_id=PM, revision=revision, content_hash="x", reviewer=REVIEWER, approval_round=number, at=NOW
    )


def heard(*facts: ReviewApproved | ApprovalWithdrawn, before: Publication | None = None) -> Publication:
    publication = before
    for fact in facts:
        hear: Any = domain.hear_withdrawn if isinstance(fact, ApprovalWithdrawn) else domain.hear_approval
        publication = hear(publication, fact, TERMS, NOW).state
    assert publication
    return publication


def publish(publication: Publication, seen: int | None = None, number: int = 0) -> Any:
    command = PublishPostmortem(
        postmortem_id=PM, actor=an_actor(role=Role.ADMIN), approved_revision=seen, approved_round=number
    )
    return domain.publish(publication, command, TERMS, NOW), domain.is_too_early(publication, command)


@pytest.mark.parametrize("order", list(permutations((approved(), withdrawn()))), ids=("approved", "withdrawn"))
def test_what_is_withdrawn_is_published_neither_when_asked_for_nor_after_the_meeting(
    order: tuple[ReviewApproved | ApprovalWithdrawn, ...],
) -> None:
    publication = heard(*order)
    decision, is_early = publish(publication, seen=1)
    assert (decision.reply.refusal.rule, is_early) == ("not-approved", False)
    ended = MeetingEnded(postmortem_id=PM, uid="u", ended_at=NOW - timedelta(days=30))
    met = domain.hear_meeting_ended(publication, ended, TERMS, NOW)
    assert met.due is None
    assert domain.publish_when_due(met.state, TERMS, NOW).events == ()


@pytest.mark.parametrize("order", list(permutations((approved(), withdrawn(), approved(1)))), ids=str)
def test_what_is_approved_anew_is_published(order: tuple[ReviewApproved | ApprovalWithdrawn, ...]) -> None:
    decision, _ = publish(heard(*order))
    assert isinstance(decision.events[0], Published)
    assert decision.state.approved.approval_round == 1


def test_who_has_seen_the_new_approval_waits_for_it_and_who_has_not_is_refused() -> None:
    assert publish(heard(approved(), withdrawn()), seen=1, number=1)[1]
    assert publish(heard(approved()), seen=1, number=1)[1]
    assert not publish(heard(approved(), withdrawn(2)), seen=1, number=1)[1]


def test_what_is_published_stays_published() -> None:
    out = publish(heard(approved()))[0].state
    later = heard(withdrawn(), before=out)
    assert later.edition == out.edition


def test_a_correction_whose_approval_is_withdrawn_does_not_go_out_with_it() -> None:
    out = publish(heard(approved()))[0].state
    correction = approved(1, revision=2, correction_of=1)
    kept = heard(withdrawn(2, revision=2), correction, before=out)
    assert kept.edition == out.edition
    again = domain.hear_approval(kept, approved(2, revision=2, correction_of=1), TERMS, NOW)
    assert again.state.edition
    assert (again.state.edition.revision, again.state.edition.correction_of) == (2, 1)
