"""When a report is published, what then goes out, and when its delivery is over."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution import domain
from services.distribution.domain import Counts, Edition, Publication
from shared.contracts.base import Person
from shared.contracts.commands import DeliverReport, Role
from shared.contracts.decision import Decision, Kind
from shared.contracts.events import DeliveryCompleted, DraftRevised, MeetingEnded, Published, ReviewApproved
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import GRACE, TERMS, a_command, approved, meeting_ended, published, revised

Fact = ReviewApproved | DraftRevised | MeetingEnded
LATER = NOW + GRACE + timedelta(days=7)


def hear(publication: Publication | None, fact: Fact, now: datetime = NOW) -> Decision[Publication]:
    if isinstance(fact, ReviewApproved):
        return domain.hear_approval(publication, fact, TERMS, now)
    if isinstance(fact, DraftRevised):
        return domain.hear_edit(publication, fact, TERMS, now)
    return domain.hear_meeting_ended(publication, fact, TERMS, now)


def after(*facts: Fact) -> Publication:
    publication: Publication | None = None
    for fact in facts:
        publication = hear(publication, fact).state
    return publication or Publication()


def rule(decision: Decision[Publication | None]) -> str | None:
    return decision.reply.refusal.rule if decision.reply and decision.reply.refusal else None


FACTS = (approved(2), revised(3), meeting_ended())


@given(st.permutations(FACTS))
def test_whatever_comes_first_the_state_is_the_same_and_the_voided_revision_stays_in(facts: list[Fact]) -> None:
    state, decision = None, None
    for fact in facts:
        decision = hear(state, fact)
        state = decision.state
    assert decision
    assert state == after(*FACTS)
    assert decision.due is None
    assert domain.publish_when_due(state, TERMS, LATER).events == ()
    assert rule(domain.publish(state, a_command(), TERMS, LATER)) == "not-approved"


@given(st.permutations((*FACTS, approved(3))))
def test_whatever_comes_first_the_newest_approved_revision_goes_out(facts: list[Fact]) -> None:
    decision = domain.publish_when_due(after(*facts), TERMS, LATER)
    assert after(*facts) == after(*FACTS, approved(3))
    assert [event.name for event in decision.events] == ["Published.v1", "DeliverReport.v1"]
    assert decision.state.edition
    assert decision.state.edition.revision == 3


@given(st.lists(st.sampled_from((*FACTS, approved(3), revised(2), revised(4), meeting_ended(LATER))), max_size=9))
def test_only_the_newest_known_revision_is_ever_published(facts: list[Fact]) -> None:
    publication = after(*facts)
    edition = domain.publish(publication, a_command(), TERMS, NOW).state
    newest = max((fact.revision for fact in facts if not isinstance(fact, MeetingEnded)), default=0)
    if edition and edition.edition:
        assert edition.edition.revision == newest


def test_the_end_of_the_meeting_that_was_heard_first_counts() -> None:
    assert after(meeting_ended(), meeting_ended(LATER)).meeting_ended_at == NOW


@pytest.mark.parametrize(
    "publication",
    [
        None,
        Publication(),
        after(meeting_ended()),
        after(revised(2)),
        after(approved(2), revised(3)),
        after(approved(2, content_hash="0" * 64)),
        after(approved(2).model_copy(update={"report": {"overview": "Another text.\n"}})),
        after(approved(2), revised(2, toggles=1)),
        after(revised(3, toggles=2), approved(2)),
        after(revised(2, toggles=1), approved(2)),
    ],
    ids=[
        *("nothing", "empty", "only a meeting", "only a draft", "voided", "false hash", "changed text"),
        *("skipped", "asked for again", "skipped before it was heard of"),
    ],
)
def test_what_is_not_approved_as_it_stands_is_refused(publication: Publication | None) -> None:
    decision = domain.publish(publication, a_command(role=Role.ADMIN), TERMS, NOW)
    assert rule(decision) == "not-approved"
    assert decision.reply
    assert decision.reply.refusal
    assert decision.reply.refusal.kind is Kind.CONFLICT
    assert (decision.state, decision.events) == (publication, ())


@pytest.mark.parametrize(
    ("publication", "seen", "early"),
    [
        (None, 2, True),
        (after(meeting_ended()), 2, True),
        (after(approved(2)), 3, True),
        (after(approved(2), revised(3)), 3, True),
        (None, None, False),
        (after(approved(2)), 2, False),
        (after(approved(2)), None, False),
        (after(approved(2), revised(3)), 2, False),
        (after(revised(3)), 2, False),
        (published(), 3, False),
    ],
)
def test_what_overtook_the_approval_that_was_seen_waits_for_it_and_nothing_else_does(
    publication: Publication | None, seen: int | None, early: bool
) -> None:
    command = a_command().model_copy(update={"approved_revision": seen})
    assert domain.is_too_early(publication, command) is early


@pytest.mark.parametrize(
    ("email", "role", "refused"),
    [
        ("owner@example.com", Role.ENGINEER, None),
        ("Owner@Example.com", Role.ENGINEER, None),
        ("boss@example.com", Role.ADMIN, None),
        ("rosa@example.com", Role.REVIEWER, "owner-or-admin-publishes"),
        ("responder@example.com", Role.ENGINEER, "owner-or-admin-publishes"),
        ("hook@example.com", Role.TOOL, "owner-or-admin-publishes"),
    ],
)
def test_owner_and_admin_publish_and_nobody_else(email: str, role: Role, refused: str | None) -> None:
    decision = domain.publish(after(approved()), a_command(email, role), TERMS, NOW)
    assert rule(decision) == refused
    assert bool(decision.events) is (refused is None)


def test_what_is_published_is_not_published_again_by_anybody_or_anything() -> None:
    first = domain.publish(after(approved(2), meeting_ended()), a_command(), TERMS, NOW).state
    assert first
    assert rule(domain.publish(first, a_command(), TERMS, NOW)) == "already-published"
    assert domain.publish_when_due(first, TERMS, LATER).events == ()
    for fact in (revised(3), approved(3), meeting_ended(LATER)):
        heard = hear(first, fact).state
        assert heard.edition == first.edition
        assert heard.approved == first.approved
        assert rule(domain.publish(heard, a_command(), TERMS, LATER)) == "already-published"


def test_what_goes_out_is_what_was_approved_byte_for_byte_then_its_delivery() -> None:
    report = {"overview": "Größe 🧯\r\n\n", "what_happened": " \t$x <b>\0\u2028", "action_items": ""}
    event = approved(2, report=report, people=(Person(name="C", email="C@example.com"), Person(name="No Mail")))
    decision = domain.publish(after(event), a_command(), TERMS, NOW)
    fact, deliver = decision.events
    assert isinstance(fact, Published)
    assert fact.report == report
    assert list(fact.report) == list(report)
    assert (fact.revision, fact.content_hash, fact.published_at) == (2, event.content_hash, NOW)
    assert (fact.title, fact.severity, fact.services) == (event.title, event.severity, event.services)
    assert [(used.name, used.recipients) for used in fact.lists] == [("everyone", 2), ("bad-ones", 1), ("involved", 2)]
    assert fact.recipients == sum(used.recipients for used in fact.lists) == 5
    assert deliver == DeliverReport(postmortem_id=PM, revision=2)
    assert decision.due
    assert decision.due > NOW
    assert decision.reply
    assert decision.reply.data == {"revision": 2, "content_hash": event.content_hash}


def test_an_approved_report_goes_out_by_itself_when_the_grace_period_is_over_and_not_before() -> None:
    decision = hear(hear(None, approved()).state, meeting_ended())
    assert decision.due == NOW + GRACE
    early = domain.publish_when_due(decision.state, TERMS, NOW + GRACE - timedelta(seconds=1))
    assert (early.events, early.due) == ((), NOW + GRACE)
    assert len(domain.publish_when_due(decision.state, TERMS, NOW + GRACE).events) == 2


def test_without_a_meeting_nothing_goes_out_by_itself() -> None:
    decision = hear(None, approved())
    assert decision.due is None
    assert domain.publish_when_due(decision.state, TERMS, LATER).events == ()


def test_a_timer_that_comes_a_little_early_is_set_to_a_time_that_is_new_to_the_store() -> None:
    """The store keeps milliseconds: a time cut to them comes early, and the same again is handled already."""
    ended = NOW + timedelta(microseconds=700)
    publication = after(approved(), meeting_ended(ended))
    now = NOW + GRACE + timedelta(microseconds=300)  # the timer stood at NOW + GRACE
    decision = domain.publish_when_due(publication, TERMS, now)
    assert decision.events == ()
    assert decision.due
    assert decision.due.replace(microsecond=decision.due.microsecond // 1000 * 1000) > NOW + GRACE


def test_after_an_edit_it_waits_and_once_approved_again_it_goes_out_at_a_new_time() -> None:
    publication = after(approved(2), meeting_ended())
    edited = hear(publication, revised(3), LATER)
    assert edited.due is None
    quiet = domain.publish_when_due(edited.state, TERMS, LATER)
    assert (quiet.events, quiet.due) == ((), None)
    again = hear(quiet.state, approved(3), LATER)
    assert again.due
    assert LATER < again.due <= LATER + timedelta(seconds=1)
    assert len(domain.publish_when_due(again.state, TERMS, again.due).events) == 2


def counted(waiting: int = 0, total: int = 2) -> Counts:
    return Counts(accepted=total - waiting, waiting=waiting)


def an_edition(publication: Publication) -> Edition:
    assert publication.edition
    return publication.edition


def test_that_delivery_is_over_is_said_once_with_how_every_mail_ended() -> None:
    publication = published("a@example.com", "b@example.com", "c@example.com")
    decision = domain.complete(publication, PM, Counts(accepted=1, failed=1, unknown=1), LATER)
    assert decision.events == (
        DeliveryCompleted(postmortem_id=PM, revision=2, accepted=1, failed=1, unknown=1, completed_at=LATER),
    )
    assert decision.due is None
    again = domain.complete(decision.state, PM, counted(total=3), LATER)
    assert (again.events, again.due) == ((), None)
    assert hear(decision.state, revised(9), LATER).due is None


@pytest.mark.parametrize(
    "counts", [Counts(), counted(total=1), counted(waiting=1), counted(waiting=2), counted(waiting=2, total=5)]
)
def test_while_a_mail_waits_it_looks_again_later_and_later_and_asks_for_rows_that_are_missing(counts: Counts) -> None:
    publication, now = published("a@example.com", "b@example.com"), NOW
    missing = () if counts.total >= 2 else (DeliverReport(postmortem_id=PM, revision=2),)
    pauses = []
    for _ in range(40):
        decision = domain.complete(publication, PM, counts, now)
        assert (decision.state, decision.events) == (publication, missing)
        assert decision.due
        pauses.append(decision.due - now)
        now = decision.due
    assert min(pauses) == timedelta(seconds=5)
    assert max(pauses) == timedelta(minutes=10)
    assert pauses == sorted(pauses)


def test_whatever_is_heard_while_mails_wait_keeps_a_look_at_them() -> None:
    for fact in (revised(3), approved(2), meeting_ended()):
        decision = hear(published("a@example.com"), fact, LATER)
        assert decision.due
        assert decision.due > LATER


def test_a_report_for_nobody_but_those_involved_is_still_delivered() -> None:
    decision = domain.publish(after(approved(people=())), a_command(), domain.Terms((), GRACE), NOW)
    assert decision.state
    assert [r.email for r in an_edition(decision.state).recipients] == ["owner@example.com", "rosa@example.com"]
