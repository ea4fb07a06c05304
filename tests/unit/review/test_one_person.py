"""One person is one reviewer, under whatever addresses the community knows of them."""

from __future__ import annotations

from services.review import domain
from services.review.domain import Member, Practice
from shared.contracts.commands import GiveVerdict, Role, Verdict
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.review.test_domain import opened
from tests.unit.review.test_verdicts import asked_of, give, refusal


def test_who_is_the_owner_under_another_address_that_the_community_knows_gives_no_verdict() -> None:
    review = opened()
    alias = asked_of(review)[0]
    owner = Member(name="Owner", email="second.account@example.com", aliases=(review.draft.owner.email, alias))
    command = GiveVerdict(postmortem_id=PM, actor=an_actor(alias, Role.REVIEWER), revision=1, verdict=Verdict.APPROVE)
    assert refusal(domain.give_verdict(review, command, NOW, Practice(), (owner,))).rule == "own-postmortem"
    assert domain.give_verdict(review, command, NOW, Practice(), ()).events


def test_two_accounts_of_one_person_are_one_approval() -> None:
    review = opened()
    first, second = asked_of(review)
    both = Member(name="One", email=first, aliases=(second,))
    approved = give(review, first).state
    command = GiveVerdict(postmortem_id=PM, actor=an_actor(second, Role.REVIEWER), revision=1, verdict=Verdict.APPROVE)
    assert refusal(domain.give_verdict(approved, command, NOW, Practice(), (both,))).rule == "already-approved"
