"""Corrections in drafting: when one begins, what it carries, and that old news does not touch it."""

from __future__ import annotations

from typing import Any

import pytest

from services.drafting import domain
from services.drafting.domain import MOVES, Act, Postmortem, State
from shared.contracts.commands import CorrectPostmortem, SubmitForReview
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind
from shared.contracts.events import (
    AccessChanged,
    ChangesRequested,
    DraftRevised,
    Published,
    ReviewApproved,
    ReviewRequested,
)
from shared.contracts.values import Reviewer
from tests.helpers.builders import NOW, PM, a_snapshot, an_actor
from tests.unit.drafting.test_domain import GUIDANCE, a_correction, a_revision, at, drafted


def published(revision: int = 1, **fields: Any) -> Published:
    given = {"lists": (), "recipients": 0, "published_at": NOW, **a_snapshot(revision=revision)}
    return Published.model_validate(given | fields)


def out() -> Postmortem:
    """A published postmortem: an author, the approved revision 2."""
    edited = domain.revise(drafted(), a_revision(title="Edited"), GUIDANCE, NOW).state
    assert edited
    state = domain.hear_published(edited.changed(state=State.APPROVED), published(2)).state
    assert state
    assert (state.state, state.published) == (State.PUBLISHED, 2)
    return state


def correct(postmortem: Postmortem | None, command: CorrectPostmortem | None = None) -> Decision[Postmortem | None]:
    return domain.correct(postmortem, command or a_correction(2), GUIDANCE, NOW)


def corrected(**fields: Any) -> Postmortem:
    state = correct(out(), a_correction(2, **fields)).state
    assert state
    return state


def rule(decision: Decision[Any]) -> tuple[Kind, str] | None:
    refusal = decision.reply.refusal if decision.reply else None
    return (refusal.kind, refusal.rule) if refusal else None


def test_a_correction_is_the_next_revision_a_draft_again_that_names_what_it_corrects() -> None:
    decision = correct(out(), a_correction(2, sections={"impact": "513 customers"}, severity="sev1"))
    (event,) = decision.events
    assert isinstance(event, DraftRevised)
    assert (event.revision, event.status, event.correction_of) == (3, "draft", 2)
    assert (event.correction_note, event.note, event.revised_by) == ("513 of them", "513 of them", "reader@example.com")
    assert (event.report["impact"], event.severity) == ("513 customers", "sev1")
    assert "reader@example.com" in event.authors  # who corrects does not approve it
    assert decision.state
    assert decision.state.state is State.DRAFT
    assert decision.reply
    assert decision.reply.data == {"revision": 3, "content_hash": event.content_hash, "status": "draft"}


def test_a_correction_may_begin_with_the_words_of_what_was_wrong_alone() -> None:
    (event,) = correct(out()).events
    assert isinstance(event, DraftRevised)
    assert (event.revision, event.content_hash) == (3, out().content_hash())


@pytest.mark.parametrize("state", State)
def test_only_what_is_published_is_corrected_and_the_rule_says_why(state: State) -> None:
    decision = correct(at(state), a_correction(drafted().revision))
    if state is State.PUBLISHED:
        assert rule(decision) is None
        return
    expected = (Kind.CONFLICT, "not-published")
    assert rule(decision) == ((Kind.NOT_FOUND, "unknown-postmortem") if state is State.COLLECTING else expected)
    assert (decision.state, decision.events) == (at(state), ())


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED, State.APPROVED])
def test_while_one_is_open_there_is_no_second_one(state: State) -> None:
    open_one = corrected().changed(state=state)
    decision = correct(open_one, a_correction(3))
    assert (rule(decision), decision.state) == ((Kind.CONFLICT, "correction-open"), open_one)


@pytest.mark.parametrize(
    ("base", "fields", "expected"),
    [
        (1, {"title": "x"}, (Kind.STALE, "stale-revision")),
        (2, {"sections": {"blame": "x"}}, (Kind.INVALID, "unknown-section")),
    ],
)
def test_a_correction_of_another_revision_or_of_what_is_not_there_is_refused_and_changes_nothing(
    base: int, fields: dict[str, Any], expected: tuple[Kind, str]
) -> None:
    decision = correct(out(), a_correction(base, **fields))
    assert (rule(decision), decision.state, decision.events) == (expected, out(), ())


def test_an_open_correction_is_edited_and_submitted_like_a_first_draft_and_keeps_its_name() -> None:
    edited = domain.revise(corrected(), a_revision(3, title="Corrected", note="typo"), GUIDANCE, NOW)
    (event,) = edited.events
    assert isinstance(event, DraftRevised)
    assert (event.revision, event.correction_of, event.correction_note, event.note) == (4, 2, "513 of them", "typo")
    (asked,) = domain.submit(edited.state, SubmitForReview(postmortem_id=PM, actor=an_actor()), GUIDANCE, NOW).events
    assert isinstance(asked, ReviewRequested)
    assert (asked.revision, asked.correction_of) == (4, 2)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", [Act.REQUEST_CHANGES, Act.PUBLISH, Act.APPROVE])
def test_old_news_of_what_was_published_before_does_not_touch_a_correction(state: State, what: Act) -> None:
    before = corrected().changed(state=state)
    reviewer = Reviewer(name="R", email="r@example.com")
    hear = {
        Act.REQUEST_CHANGES: lambda: domain.hear_changes_requested(
            before, ChangesRequested(postmortem_id=PM, revision=2, reviewer=reviewer, at=NOW)
        ),
        Act.PUBLISH: lambda: domain.hear_published(before, published(2)),
        Act.APPROVE: lambda: domain.hear_approval(before, ReviewApproved(**a_snapshot(revision=2), approvals=())),
    }
    assert hear[what]().state == before


@pytest.mark.parametrize("state", State)
def test_its_own_publication_closes_it_as_the_table_says_and_the_next_one_corrects_that(state: State) -> None:
    after = domain.hear_published(corrected().changed(state=state), published(3, correction_of=2)).state
    assert after
    assert (after.state, after.published) == (MOVES.get((state, Act.PUBLISH), state), 3)
    if after.state is State.PUBLISHED:
        again = correct(after, a_correction(3)).state
        assert again
        assert [(c.of, c.since) for c in again.corrections] == [(2, 3), (3, 4)]


def test_an_edit_that_publication_has_overtaken_is_part_of_the_next_correction_and_is_reviewed_with_it() -> None:
    overtaken = domain.revise(corrected().changed(state=State.APPROVED), a_revision(3, title="Late"), GUIDANCE, NOW)
    after = domain.hear_published(overtaken.state, published(3, correction_of=2)).state
    (event,) = correct(after, a_correction(4)).events
    assert isinstance(event, DraftRevised)
    assert (event.title, event.revision, event.correction_of) == ("Late", 5, 3)


def test_what_was_published_before_publications_were_counted_is_corrected_too() -> None:
    (event,) = correct(out().changed(published=0)).events
    assert isinstance(event, DraftRevised)
    assert event.correction_of == 2


def test_what_is_restricted_is_corrected_by_those_who_may_see_it_and_unknown_to_others() -> None:
    closed = out().changed(restricted=True, readers=("named@example.com",), access=1)
    refused = correct(closed)
    assert refused.reply
    assert (refused.reply.refusal, refused.state) == (UNKNOWN_POSTMORTEM, closed)
    (event,) = correct(closed, a_correction(2, actor=an_actor("named@example.com"))).events
    assert isinstance(event, DraftRevised)
    assert (event.correction_of, event.restricted, event.readers) == (2, True, ("named@example.com",))


def test_who_may_see_a_correction_is_changed_without_a_revision_and_told_with_what_it_corrects() -> None:
    owner = an_actor("ian@example.com")
    decision = domain.revise(corrected(), a_revision(3, actor=owner, restricted=True), GUIDANCE, NOW)
    (event,) = decision.events
    assert isinstance(event, AccessChanged)
    assert (event.revision, event.correction_of, event.restricted) == (3, 2, True)
