"""Corrections and skips through the rooms' own decisions, over queues with no order: what goes out was approved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.distribution import domain as distribution
from services.drafting import domain as drafting
from services.gateway.domain import answer
from services.gateway.domain.view import View, project
from services.review import domain as review
from shared.contracts import BaseMessage, Message
from shared.contracts import events as said
from shared.contracts.base import content_hash
from shared.contracts.commands import (
    CorrectPostmortem,
    GiveVerdict,
    PublishPostmortem,
    RevisePostmortem,
    Role,
    SubmitForReview,
    Verdict,
)
from shared.contracts.skipping import RequirePostmortem, SkipPostmortem
from shared.contracts.withdrawing import CorrectionWithdrawn, WithdrawCorrection
from shared.messaging.topology import HEARS
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.distribution.fakes import TERMS
from tests.unit.drafting.test_domain import GUIDANCE, drafted, told

COMMUNITY = tuple(review.Member(name=f"R{n}", email=f"r{n}@example.com") for n in range(2))
ROOMS = ("drafting", "review", "distribution", "gateway")
OWNER, AUTHOR = an_actor("ian@example.com"), an_actor("author@example.com")
ADMIN = an_actor("boss@example.com", Role.ADMIN)


class House:
    """Four rooms, what is on its way between them, and all that was ever said."""

    def __init__(self) -> None:
        self.now: datetime = NOW
        self.pm: drafting.Postmortem = drafted()
        self.review: review.Review | None = None
        self.publication: distribution.Publication | None = None
        self.view: View | None = None
        self.said: list[Message] = []
        self.way: list[tuple[str, Message, int]] = []
        self.say(drafting.open_draft(told().state, GUIDANCE, NOW).events)

    def say(self, events: tuple[BaseMessage, ...]) -> None:
        """Put events on their way to everybody who hears them."""
        for event in events:
            assert isinstance(event, Message)
            self.said.append(event)
            self.way += [(room, event, len(self.said)) for room in ROOMS if event.name in HEARS[room]]

    def hear(self, n: int) -> None:
        """Let one message arrive, whichever."""
        room, event, number = self.way.pop(n % len(self.way))
        if room == "gateway":
            self.view = project(self.view, event, (NOW + timedelta(seconds=number), f"e-{number:05}"))
        else:
            {"drafting": self.drafting, "review": self.reviewing, "distribution": self.distributing}[room](event)

    def drafting(self, event: Any) -> None:
        hear: dict[str, Callable[..., Any]] = {
            "ReviewersAssigned.v1": drafting.hear_reviewers,
            "ReviewApproved.v1": drafting.hear_approval,
            "ChangesRequested.v1": drafting.hear_changes_requested,
            "Published.v1": lambda pm, event: drafting.hear_overtaking(pm, event, GUIDANCE),
        }
        decision = hear[event.name](self.pm, event)
        self.pm = decision.state
        self.say(decision.events)

    def reviewing(self, event: Any) -> None:
        if isinstance(event, said.Published):
            decision: Any = review.close(self.review, event)
        elif isinstance(event, said.ReviewRequested):
            decision = review.open_review(
                self.review, event, review.Pool(members=COMMUNITY), review.Practice(), self.now
            )
        else:
            decision = review.follow_draft(self.review, event, self.now)
            if review.has_other_readers(self.review, decision.state):
                decision = review.ask_more(decision, review.Pool(members=COMMUNITY), review.Practice(), self.now)
        self.review = decision.state
        self.say(decision.events)

    def distributing(self, event: Any) -> None:
        hear: dict[str, Callable[..., Any]] = {
            "ReviewApproved.v1": distribution.hear_approval,
            "ReviewersAssigned.v1": distribution.hear_reviewers,
        }
        decision = hear.get(event.name, distribution.hear_edit)(self.publication, event, TERMS, self.now)
        self.publication = decision.state
        self.say(decision.events)

    def act(self, what: str) -> None:
        """Let somebody do something; what is refused changes nothing."""
        decision = getattr(self, what)()
        if decision.reply and decision.reply.refusal:
            return
        room = {"publish": "publication", "verdict": "review"}.get(what.partition("_")[0], "pm")
        setattr(self, room, decision.state)
        self.say(decision.events)

    def revise(self) -> Any:
        title = f"Title {len(self.said)}"
        base = self.pm.revision
        command = RevisePostmortem(postmortem_id=PM, actor=AUTHOR, base_revision=base, title=title)
        return drafting.revise(self.pm, command, GUIDANCE, self.now)

    def access(self) -> Any:
        """Close it for all but those who act here, or open it again."""
        readers = (AUTHOR.email, ADMIN.email, *(member.email for member in COMMUNITY))
        change = {"base_revision": self.pm.revision, "restricted": not self.pm.restricted, "readers": readers}
        return drafting.revise(self.pm, RevisePostmortem(postmortem_id=PM, actor=OWNER, **change), GUIDANCE, self.now)

    def submit(self) -> Any:
        return drafting.submit(self.pm, SubmitForReview(postmortem_id=PM, actor=AUTHOR), GUIDANCE, self.now)

    def correct(self) -> Any:
        text = {"impact": f"{len(self.said)} of them.\n"}
        base = self.pm.revision
        command = CorrectPostmortem(postmortem_id=PM, actor=AUTHOR, base_revision=base, note="Wrong.", sections=text)
        return drafting.correct(self.pm, command, GUIDANCE, self.now)

    def withdraw(self) -> Any:
        return drafting.withdraw(self.pm, WithdrawCorrection(postmortem_id=PM, actor=AUTHOR), GUIDANCE, self.now)

    def skip(self) -> Any:
        return drafting.skip(self.pm, SkipPostmortem(postmortem_id=PM, actor=OWNER, reason="A drill"), self.now)

    def require(self) -> Any:
        command = RequirePostmortem(postmortem_id=PM, actor=AUTHOR, reason="No drill")
        return drafting.require(self.pm, command, GUIDANCE, self.now)

    def publish(self) -> Any:
        return distribution.publish(self.publication, PublishPostmortem(postmortem_id=PM, actor=ADMIN), TERMS, self.now)

    def verdict_first(self) -> Any:
        return self.verdict(0, Verdict.APPROVE)

    def verdict_second(self) -> Any:
        return self.verdict(1, Verdict.APPROVE)

    def verdict_back(self) -> Any:
        return self.verdict(0, Verdict.REQUEST_CHANGES)

    def verdict(self, who: int, verdict: Verdict) -> Any:
        """Give a verdict on whatever revision the review is at."""
        revision = self.review.draft.revision if self.review else 1
        actor = an_actor(COMMUNITY[who].email, Role.REVIEWER)
        command = GiveVerdict(postmortem_id=PM, actor=actor, revision=revision, verdict=verdict)
        return review.give_verdict(self.review, command, self.now)


ACTS = (
    *("revise", "access", "submit", "correct", "withdraw", "publish", "skip", "require"),
    *("verdict_first", "verdict_second", "verdict_back"),
)
FORWARD = ("submit", "verdict_first", "verdict_second", "publish", "correct", "withdraw")
STEPS = st.lists(st.sampled_from(FORWARD + ACTS) | st.integers(0, 99) | st.just("rest"), max_size=80)


def lived(steps: list[str | int]) -> House:
    """Return a house after these steps: acts, single messages that arrive, or all that are on their way."""
    house = House()
    for step in [*steps, "rest"]:
        house.now += timedelta(seconds=1)
        if isinstance(step, int):
            if house.way:
                house.hear(step)
        elif step == "rest":
            while house.way:
                house.hear(0)
        else:
            house.act(step)
    return house


def what_was_said(house: House, kind: type[Any]) -> list[Any]:
    return [event for event in house.said if isinstance(event, kind)]


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_whatever_goes_out_is_byte_for_byte_what_was_approved_and_corrects_what_went_out_before(
    steps: list[str | int],
) -> None:
    house = lived(steps)
    approved = {event.revision: event for event in what_was_said(house, said.ReviewApproved)}
    given_up = _put_back(house)
    before: int | None = None
    for published in what_was_said(house, said.Published):
        text = approved[published.revision]
        assert (published.content_hash, published.report, published.title, published.severity) == (
            text.content_hash,
            text.report,
            text.title,
            text.severity,
        )
        assert list(published.report) == list(text.report)
        assert published.content_hash == content_hash(text.title, text.severity, text.services, text.report)
        assert published.correction_of == before
        assert text.correction_of == before or (before and before < text.correction_of in given_up)
        assert before is None or published.revision > before
        before = published.revision


def _put_back(house: House) -> set[int]:
    return {event.revision for event in house.said if isinstance(event, said.Snapshot) and event.puts_back}


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_after_a_withdrawal_the_text_is_what_is_published_and_each_correction_is_told_as_it_ended(
    steps: list[str | int],
) -> None:
    house = lived(steps)
    published = what_was_said(house, said.Published)
    if house.pm.correction_of == house.pm.revision:
        assert house.pm.content_hash() == published[-1].content_hash
        assert house.pm.state is drafting.State.PUBLISHED
    assert house.view
    assert house.view.draft
    told_of = answer.corrections(house.view, house.view.draft).items
    out = {event.revision for event in published}
    withdrawn = {event.revision for event in what_was_said(house, CorrectionWithdrawn)}
    assert {each.revision for each in told_of if each.status == "withdrawn"} <= withdrawn
    assert {each.revision for each in told_of if each.status == "published"} == out - {min(out, default=0)}
    assert {each.correction_of for each in told_of} <= out
    assert len([each for each in told_of if each.status not in ("published", "withdrawn")]) == (
        house.pm.published > 0 and house.pm.state is not drafting.State.PUBLISHED
    )


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_when_all_is_heard_the_rooms_agree_on_where_the_postmortem_stands(steps: list[str | int]) -> None:
    house = lived(steps)
    assert house.view
    assert house.review
    stands = house.pm.state.value
    assert house.view.status() == stands
    given_up = house.pm.correction_of == house.pm.revision
    assert house.review.state.value == ("waiting" if stands in ("draft", "skipped") or given_up else stands)
    edition = house.publication.edition if house.publication else None
    assert house.pm.published == (edition.revision if edition else 0)
    if edition and stands != "published":
        assert house.pm.correction_of in {edition.revision, *_put_back(house)}
        assert house.pm.correction_of >= edition.revision or house.pm.corrections[-1].since > edition.revision
        assert stands != "approved"  # a correction goes out with its approval
    known = [each.draft.access for each in (house.view, house.review) if each.draft]
    circle = house.publication.circle.access if house.publication else 0
    assert {*known, max(circle, 0)} == {house.pm.access}
    assert [c.of for c in house.view.corrections] == [c.of for c in house.pm.corrections]
    assert [c.since for c in house.view.corrections] == [c.since for c in house.pm.corrections]


def test_two_corrections_one_after_the_other_go_the_same_way() -> None:
    approval = ["verdict_first", "verdict_second", "rest"]
    once = ["submit", "rest", *approval]
    house = lived([*once, "publish", "rest", "correct", "rest", *once, "correct", "revise", "rest", *once])
    assert [(event.revision, event.correction_of) for event in what_was_said(house, said.Published)] == [
        (1, None),
        (2, 1),
        (4, 2),
    ]


def test_what_was_published_before_its_withdrawal_was_heard_of_stands_after_a_second_withdrawal_too() -> None:
    approved = ["submit", "rest", "verdict_first", "verdict_second"]
    house = lived(
        [*approved, "rest", "publish", "rest", "correct", "rest", *approved, "withdraw", "correct", "withdraw"]
    )
    (_, out) = what_was_said(house, said.Published)
    assert (house.pm.published, house.pm.content_hash()) == (out.revision, out.content_hash)
    assert house.view
    assert house.view.draft
    told_of = answer.corrections(house.view, house.view.draft).items
    assert [(each.revision, each.status) for each in told_of] == [(2, "published"), (5, "withdrawn")]
