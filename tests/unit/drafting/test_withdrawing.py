"""Corrections that are given up: who may, what stands there again, and what when their publication was faster."""

from __future__ import annotations

from typing import Any

import pytest

from services.drafting import domain
from services.drafting.domain import MOVES, Act, Postmortem, State
from shared.contracts.commands import Role, SubmitForReview
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind
from shared.contracts.events import DraftRevised, Published, ReviewApproved
from shared.contracts.withdrawing import CorrectionWithdrawn, WithdrawCorrection
from tests.helpers.builders import NOW, PM, a_snapshot, an_actor
from tests.unit.drafting.test_corrections import correct, published, rule
from tests.unit.drafting.test_domain import GUIDANCE, a_correction, a_revision, drafted

CHANGES = {"title": "Worse", "severity": "sev1", "services": ("other",), "sections": {"impact": "513 customers"}}
OPENER = a_correction(2).actor


def is_out(postmortem: Postmortem, revision: int) -> Published:
    """The publication of a revision as it stands."""
    text = {name: getattr(postmortem, name) for name in ("title", "severity", "services", "report")}
    return published(revision, **text, content_hash=postmortem.content_hash(), correction_of=2)


def out() -> Postmortem:
    """A postmortem that was published as it stands, in revision 2."""
    edited = domain.revise(drafted(), a_revision(title="Edited"), GUIDANCE, NOW).state
    assert edited
    state = domain.hear_published(edited.changed(state=State.APPROVED), is_out(edited, 2)).state
    assert state
    return state


def corrected(**fields: Any) -> Postmortem:
    state = correct(out(), a_correction(2, **fields)).state
    assert state
    return state


def given_up(
    postmortem: Postmortem | None, who: str = OPENER.email, role: Role = Role.ENGINEER, **fields: Any
) -> Decision[Postmortem | None]:
    command = WithdrawCorrection(postmortem_id=PM, actor=an_actor(who, role), **fields)
    return domain.withdraw(postmortem, command, GUIDANCE, NOW)


def the_text(postmortem: Postmortem | None) -> tuple[Any, ...]:
    assert postmortem
    return postmortem.title, postmortem.severity, postmortem.services, postmortem.report, postmortem.missing


def test_what_is_published_stands_again_as_a_new_revision_that_ends_the_round() -> None:
    before = corrected(**CHANGES)
    assert the_text(before) != the_text(out())
    decision = given_up(before)
    (event,) = decision.events
    assert isinstance(event, CorrectionWithdrawn)
    assert (event.revision, event.correction_of, event.correction_note) == (4, 4, "")
    assert (event.puts_back, event.withdrawn_by, event.content_hash) == (True, OPENER.email, out().content_hash())
    after = decision.state
    assert after
    assert the_text(after) == the_text(out())
    assert (after.state, after.published, after.authors) == (State.PUBLISHED, 2, before.authors)
    assert decision.reply
    assert decision.reply.data == {"revision": 4, "content_hash": event.content_hash, "status": "published"}
    assert (after.corrections[-1].ended, after.corrections[-1].text) == (4, None)


@pytest.mark.parametrize("state", State)
def test_it_is_withdrawn_as_the_table_says(state: State) -> None:
    decision = given_up(corrected().changed(state=state))
    if (state, Act.WITHDRAW) in MOVES:
        assert decision.state
        assert decision.state.state is State.PUBLISHED
        return
    rules = {
        State.PUBLISHED: (Kind.CONFLICT, "no-correction-open"),
        State.COLLECTING: (Kind.NOT_FOUND, "unknown-postmortem"),
    }
    assert rule(decision) == rules.get(state, (Kind.CONFLICT, "correction-approved"))
    assert decision.state == corrected().changed(state=state)
    assert decision.events == ()


@pytest.mark.parametrize(
    ("who", "role", "may"),
    [
        (OPENER.email, Role.ENGINEER, True),
        ("owner", Role.ENGINEER, True),
        ("boss@example.com", Role.ADMIN, True),
        ("somebody@example.com", Role.ENGINEER, False),
        ("somebody@example.com", Role.REVIEWER, False),
    ],
)
def test_whoever_opened_it_the_owner_or_an_admin_withdraws_it(who: str, role: Role, may: bool) -> None:
    open_one = corrected()
    assert open_one.owner
    decision = given_up(open_one, open_one.owner.email if who == "owner" else who, role)
    assert rule(decision) == (None if may else (Kind.FORBIDDEN, "own-correction-only"))


def test_what_was_not_read_is_not_given_up() -> None:
    before = corrected(**CHANGES)
    seen: dict[str, Any] = {"base_revision": 3, "base_hash": before.content_hash()[:16]}
    assert rule(given_up(before, **seen)) is None
    edited = domain.revise(before, a_revision(3, title="Later"), GUIDANCE, NOW).state
    assert rule(given_up(edited, **seen)) == (Kind.STALE, "stale-revision")
    assert rule(given_up(before, base_revision=3, base_hash="0" * 16)) == (Kind.STALE, "stale-revision")


def test_without_a_correction_there_is_nothing_to_withdraw_and_who_may_not_see_it_learns_nothing() -> None:
    assert rule(given_up(out())) == (Kind.CONFLICT, "no-correction-open")
    assert rule(given_up(given_up(corrected()).state)) == (Kind.CONFLICT, "no-correction-open")
    closed = corrected().changed(restricted=True, access=1)
    for unknown in (given_up(None), given_up(closed, "boss@example.com", Role.ADMIN)):
        assert unknown.reply
        assert unknown.reply.refusal == UNKNOWN_POSTMORTEM


def test_a_correction_from_before_what_is_published_was_kept_stays_open_and_is_told_what_to_do() -> None:
    stored = corrected().model_dump(mode="json")
    del stored["printed"]
    for correction in stored["corrections"]:
        del correction["text"], correction["ended"]
    decision = given_up(Postmortem.model_validate(stored))
    assert rule(decision) == (Kind.CONFLICT, "published-text-not-kept")
    assert decision.reply
    assert decision.reply.refusal
    assert "PATCH" in decision.reply.refusal.detail
    assert decision.state == Postmortem.model_validate(stored)


def test_what_stands_again_is_what_was_published_also_if_that_had_overtaken_an_edit() -> None:
    approved = domain.revise(corrected(**CHANGES), a_revision(3, title="Approved"), GUIDANCE, NOW).state
    assert approved
    late = domain.revise(approved, a_revision(4, title="Late"), GUIDANCE, NOW).state
    after = domain.hear_published(late, is_out(approved, 4)).state
    assert after
    assert after.title == "Late"
    again = given_up(correct(after, a_correction(5)).state).state
    assert again
    assert (the_text(again), again.published) == (the_text(approved), 4)


def test_the_next_correction_has_a_round_of_its_own_and_can_be_withdrawn_too() -> None:
    once = given_up(corrected(**CHANGES)).state
    opened = correct(once, a_correction(4, title="Again"))
    (event,) = opened.events
    assert isinstance(event, DraftRevised)
    assert (event.revision, event.correction_of, event.correction_note) == (5, 4, "513 of them")
    asked = domain.submit(opened.state, SubmitForReview(postmortem_id=PM, actor=an_actor()), GUIDANCE, NOW)
    twice = given_up(asked.state).state
    assert the_text(twice) == the_text(out())


def test_an_approval_that_is_heard_after_the_withdrawal_changes_nothing() -> None:
    after = given_up(corrected()).state
    for revision in (3, 4):
        event = ReviewApproved(**a_snapshot(revision=revision), approvals=())
        assert domain.hear_approval(after, event).state == after


def test_a_publication_that_was_faster_than_the_withdrawal_is_what_stands_then() -> None:
    before = corrected(**CHANGES)
    decision = domain.hear_overtaking(given_up(before).state, is_out(before, 3), GUIDANCE)
    (event,) = decision.events
    assert isinstance(event, DraftRevised)
    assert (event.revision, event.correction_of, event.status) == (5, 5, "published")
    assert decision.state
    assert the_text(decision.state) == the_text(before)
    assert (decision.state.state, decision.state.published) == (State.PUBLISHED, 3)
    again = domain.hear_overtaking(decision.state, is_out(before, 3), GUIDANCE)
    assert (again.events, the_text(again.state)) == ((), the_text(before))


def test_a_publication_that_is_heard_in_the_next_correction_is_what_its_withdrawal_puts_back() -> None:
    before = corrected(**CHANGES)
    opened = correct(given_up(before).state, a_correction(4, title="Again")).state
    heard = domain.hear_overtaking(opened, is_out(before, 3), GUIDANCE)
    assert heard.events == ()
    assert heard.state
    assert (heard.state.state, heard.state.title, heard.state.published) == (State.DRAFT, "Again", 3)
    assert the_text(given_up(heard.state).state) == the_text(before)


def test_a_publication_that_is_heard_after_two_withdrawals_is_what_stands_then_too() -> None:
    before = corrected(**CHANGES)
    twice = given_up(correct(given_up(before).state, a_correction(4, title="Again")).state).state
    heard = domain.hear_overtaking(twice, is_out(before, 3), GUIDANCE)
    (event,) = heard.events
    assert isinstance(event, DraftRevised)
    assert (event.revision, event.correction_of) == (7, 7)
    assert (the_text(heard.state), heard.state and heard.state.published) == (the_text(before), 3)
