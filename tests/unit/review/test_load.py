"""What load and experience are counted from: who was asked, who gave a verdict, what was published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.review import domain
from services.review.domain import Load, Member, Review, State
from shared.contracts.commands import GiveVerdict, Role, Verdict
from shared.contracts.decision import Decision
from shared.contracts.events import DraftCreated, DraftRevised, Published, ReviewRequested
from shared.contracts.merging import PostmortemMerged
from shared.contracts.values import AskedReviewer, Comment
from shared.testing import FixedClock
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.review.fakes import InMemoryReviews

PRACTICE = domain.Practice()
A, B = "a@example.com", "b@example.com"
POOL = domain.Pool(members=(Member(name="A", email=A), Member(name="B", email=B)))
Step = Callable[[Any, Any], Decision[Any]]


def request(revision: int = 1, **fields: Any) -> Step:
    event = a_draft(ReviewRequested, revision=revision, requested_at=NOW, requested_by="owner@example.com", **fields)
    return lambda review, now: domain.open_review(review, event, POOL, PRACTICE, now)


def revise(revision: int, **fields: Any) -> Step:
    given = {"status": "draft", "revised_at": NOW, "revised_by": "x", **fields}
    event = a_draft(DraftRevised, revision=revision, **given)
    return lambda review, now: domain.follow_draft(review, event, now)


def says(email: str, verdict: Verdict = Verdict.APPROVE, revision: int = 1, role: Role = Role.REVIEWER) -> Step:
    command = GiveVerdict(
        postmortem_id=PM,
        actor=an_actor(email, role),
        revision=revision,
        verdict=verdict,
        comments=(Comment(text="Which one?"),),
    )
    return lambda review, now: domain.give_verdict(review, command, now)


def publish(revision: int = 1) -> Step:
    fields = {
        name: value for name, value in a_draft(DraftCreated).model_dump().items() if name in Published.model_fields
    }
    event = Published(**{**fields, "revision": revision, "published_at": NOW, "lists": (), "recipients": 1})
    return lambda review, _now: domain.close(review, event)


def merge(revision: int = 1) -> Step:
    event = PostmortemMerged(postmortem_id=PM, into=PM, revision=revision, merged_at=NOW, merged_by="owner@example.com")
    return lambda review, _now: domain.hear_merged(review, event)


def after(*steps: Step) -> Review:
    """Do these one after the other, an hour apart, each with what follows from it."""
    review: Review | None = None
    for n, step in enumerate(steps):
        now = NOW + timedelta(hours=n)
        review = domain.attend(review, step(review, now), PRACTICE, now).state
    assert review
    return review


async def load(review: Review, since: int = 0) -> dict[str, Load]:
    """Return what everybody has to do, and was asked for since a day so many after the first."""
    documents = InMemoryReviews(FixedClock(NOW))
    documents.states[PM] = review
    return dict(await documents.workload(NOW.date() + timedelta(days=since), NOW))


def done(review: Review, email: str) -> int:
    """Return in how many rounds somebody gave a verdict on what was published."""
    return sum(turn.email == email and turn.published and turn.verdict_at is not None for turn in review.turns)


Part = tuple[Load, int]
ASKED, WAITED_FOR, DONE = (Load(0, 1), 0), (Load(1, 1), 0), (Load(0, 1), 1)
APPROVED = (request(), says(A), says(B))
CORRECTION = {"correction_of": 1, "correction_note": "Wrong times."}


@pytest.mark.parametrize(
    ("steps", "of_a", "of_b"),
    [
        ((request(),), WAITED_FOR, WAITED_FOR),
        ((request(), says(A)), ASKED, WAITED_FOR),
        ((request(), says(A, Verdict.COMMENT)), WAITED_FOR, WAITED_FOR),
        ((request(), says(A, Verdict.REQUEST_CHANGES)), ASKED, ASKED),
        ((request(), says(A, Verdict.REQUEST_CHANGES), request(2)), WAITED_FOR, WAITED_FOR),
        (APPROVED, ASKED, ASKED),
        ((*APPROVED, publish()), DONE, DONE),
        ((request(), says(A), publish()), DONE, ASKED),
        ((request(), says(A, Verdict.COMMENT), publish()), ASKED, ASKED),
        ((request(), says(A, Verdict.REQUEST_CHANGES), publish()), DONE, ASKED),
        ((*APPROVED, merge()), ASKED, ASKED),
        ((*APPROVED, revise(2, **CORRECTION)), DONE, DONE),
        ((*APPROVED, publish(), revise(2, **CORRECTION), request(3, **CORRECTION)), (Load(1, 2), 1), (Load(1, 2), 1)),
        (
            (*APPROVED, revise(2, **CORRECTION), request(3, **CORRECTION), says(A, revision=3), publish(3)),
            (Load(0, 2), 2),
            (Load(0, 2), 1),
        ),
        (
            (
                *APPROVED,
                revise(2, **CORRECTION),
                request(3, **CORRECTION),
                says(A, revision=3),
                revise(4, correction_of=4),
            ),
            (Load(0, 2), 1),
            (Load(0, 2), 1),
        ),
        ((*APPROVED, revise(4, correction_of=4)), DONE, DONE),
    ],
    ids=[
        "asked",
        "approved",
        "commented",
        "changes asked for",
        "asked again",
        "approved by both",
        "published",
        "published with one verdict",
        "published with a comment alone",
        "published after changes were asked for",
        "merged",
        "corrected before the publication was heard of",
        "asked for the correction too",
        "published again",
        "the correction was given up",
        "given up before it was heard of",
    ],
)
async def test_a_review_counts_for_its_reviewers(steps: tuple[Step, ...], of_a: Part, of_b: Part) -> None:
    review = after(*steps)
    counted = await load(review)
    assert {each: (counted[each], done(review, each)) for each in counted} == {A: of_a, B: of_b}


async def test_of_late_is_what_one_was_asked_for_since_then() -> None:
    review = after(request(), says(A, Verdict.REQUEST_CHANGES), request(2))
    assert (await load(review, since=0))[A].recent == 1
    assert (await load(review, since=1))[A] == Load(open=1)


async def test_who_is_no_longer_asked_has_been_asked_all_the_same() -> None:
    review = after(request())
    others = review.changed(reviewers=(AskedReviewer(name="C", email="c@example.com", asked_at=NOW),))
    changed = domain.attend(review, Decision(state=others), PRACTICE, NOW + timedelta(days=1)).state
    assert changed
    assert await load(changed) == {A: Load(0, 1), B: Load(0, 1), "c@example.com": Load(1, 1)}
    assert changed.turns[-1].asked_at == NOW


async def test_a_verdict_of_who_was_not_asked_is_a_review_done() -> None:
    review = after(request(), says("admin@example.com", role=Role.ADMIN), says(A), says(B), publish())
    assert done(review, "admin@example.com") == 1
    assert "admin@example.com" not in await load(review)


async def test_a_refused_verdict_counts_for_nothing() -> None:
    review = after(request())
    refused = says("somebody@example.com")(review, NOW)
    assert refused.reply
    assert refused.reply.refusal
    assert refused.state == review


def test_a_review_that_was_kept_before_anything_was_counted_is_read_and_goes_on() -> None:
    kept = after(*APPROVED).model_dump(mode="json", exclude={"turns"})
    old = Review.model_validate(kept)
    assert (old.turns, old.state) == ((), State.APPROVED)
    again = domain.attend(old, revise(2, status="in_review")(old, NOW), PRACTICE, NOW).state
    assert again
    assert {turn.email for turn in again.turns} == {A, B}
