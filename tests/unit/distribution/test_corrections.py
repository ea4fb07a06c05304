"""Corrections in distribution: published with their approval, to everybody who got what they correct, byte for byte."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution import domain
from services.distribution.domain import Publication, State
from shared.contracts.base import Severity, content_hash
from shared.contracts.commands import DeliverReport
from shared.contracts.decision import Decision
from shared.contracts.events import AccessChanged, DeliveryCompleted, Published, ReviewApproved
from shared.contracts.values import Reviewer
from tests.helpers.builders import NOW, PM, a_draft
from tests.unit.distribution.fakes import GRACE, TERMS, a_command, a_press, a_row, approved, meeting_ended, revised
from tests.unit.distribution.test_handlers import DELIVER, EVERYBODY, LIST, a_published_room
from tests.unit.distribution.test_letter import parsed, part
from tests.unit.distribution.test_publication import after, hear, rule

LATER = NOW + timedelta(days=2)
REPORT = {"overview": "Größe 🧯\r\n\n", "what_happened": " \t$x <b>\0\u2028", "action_items": ""}
NOTE = "It was 513, not <412>."


def a_correction(revision: int = 3, of: int = 2, **fields: Any) -> ReviewApproved:
    return approved(revision, correction_of=of, correction_note=NOTE, **fields)


def out() -> Publication:
    state = domain.publish(after(approved(2)), a_command(), TERMS, NOW).state
    assert state
    return state


STATES: dict[str, Publication | None] = {
    "nothing": None,
    "drafted": after(revised(2)),
    "approved": after(approved(2)),
    "voided": after(approved(2), revised(3)),
    "published": out(),
    "correcting": hear(out(), revised(3)).state,
    "corrected": hear(out(), a_correction()).state,
}
ACTS: dict[str, Any] = {
    "edit": revised(4),
    "approve": approved(4),
    "approve a correction": a_correction(4),
    "approve a correction of the correction": a_correction(4, of=3),
    "end the meeting": meeting_ended(),
}
PUBLISHES = {
    ("published", "approve a correction"),
    ("correcting", "approve a correction"),
    ("corrected", "approve a correction of the correction"),
    # an approval is of what is published at least: what was published before that was counted is corrected too
    ("published", "approve a correction of the correction"),
    ("correcting", "approve a correction of the correction"),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", STATES)
def test_an_approved_correction_of_what_is_published_goes_out_at_once_and_nothing_else_does(
    state: str, act: str
) -> None:
    before = STATES[state]
    decision = hear(before, ACTS[act])
    if (state, act) in PUBLISHES:
        assert [event.name for event in decision.events] == ["Published.v1", "DeliverReport.v1"]
        assert decision.state.edition
        assert decision.state.edition.revision == 4
        return
    assert decision.events == ()
    edition = before.edition if before else None
    assert decision.state.edition == edition
    if edition:
        assert decision.state.approved == (before.approved if before else None)
        assert rule(domain.publish(decision.state, a_command(), TERMS, NOW)) == "already-published"


def test_what_goes_out_is_what_was_approved_byte_for_byte_and_names_what_it_corrects() -> None:
    event = a_correction(report=REPORT, title="Größer")
    decision = hear(out(), event, LATER)
    fact, deliver = decision.events
    assert isinstance(fact, Published)
    assert (fact.report, list(fact.report), fact.title) == (REPORT, list(REPORT), "Größer")
    assert fact.content_hash == content_hash(event.title, event.severity, event.services, REPORT)
    assert (fact.revision, fact.correction_of, fact.published_at) == (3, 2, LATER)
    assert deliver == DeliverReport(postmortem_id=PM, revision=3)
    assert decision.due
    assert decision.due > LATER


@pytest.mark.parametrize(
    "event",
    [
        a_correction(content_hash="0" * 64),
        a_correction().model_copy(update={"report": {"overview": "Another text.\n"}}),
        a_correction(of=1),
        a_correction(revision=2),
    ],
    ids=["false hash", "changed text", "of what is not the newest", "of itself"],
)
def test_what_is_no_approved_correction_of_what_is_published_stays_in(event: ReviewApproved) -> None:
    decision, before = hear(out(), event), out()
    assert (decision.state.changed(circle=before.circle), decision.events) == (before, ())


@given(st.permutations([revised(3), a_correction(3), revised(4), a_correction(4)]))
def test_an_edit_after_its_approval_holds_a_correction_back_only_if_it_was_heard_of_first(facts: list[Any]) -> None:
    publication, events = out(), []
    for fact in facts:
        decision = hear(publication, fact)
        publication = decision.state
        events += [event for event in decision.events if isinstance(event, Published)]
    assert publication.edition
    (only,) = events
    assert publication.edition.revision == only.revision
    assert only.revision == (3 if _comes_first(facts) else 4)


def _comes_first(facts: list[Any]) -> bool:
    """Whether the first correction was approved before anything of the next revision was heard of."""
    return facts.index(a_correction(3)) < min(facts.index(revised(4)), facts.index(a_correction(4)))


def test_whoever_got_what_it_corrects_gets_it_too_though_no_list_names_them_any_more() -> None:
    decision = hear(out(), a_correction(severity=Severity.SEV5))
    assert decision.state.edition
    before = out().edition
    assert before
    got = {recipient.email for recipient in before.recipients}
    assert {recipient.email for recipient in decision.state.edition.recipients} == got
    assert sum(used.recipients for used in decision.events[0].lists) == len(got)  # type: ignore[attr-defined]


DINA = Reviewer(name="Dina", email="b@example.com")
CLOSED: dict[str, Any] = {"restricted": True, "readers": ("reader@example.com",), "access": 1}


@pytest.mark.parametrize("told_before", [True, False])
def test_what_is_restricted_by_now_goes_of_those_who_got_it_before_to_whom_it_names_now(told_before: bool) -> None:
    access: AccessChanged = a_draft(AccessChanged, revision=2, changed_at=NOW, changed_by="owner@example.com", **CLOSED)
    known = domain.hear_edit(out(), access, TERMS, NOW).state if told_before else out()
    both = hear(known, a_correction(reviewers=(DINA,), **({} if told_before else CLOSED))).state
    assert both.edition
    before = {recipient.email for recipient in (out().edition or both.edition).recipients}
    assert {"a@example.com", "b@example.com", "c@example.com"} <= before
    now = {recipient.email for recipient in both.edition.recipients}
    assert now == {"owner@example.com", "responder@example.com", "b@example.com", "reader@example.com"}
    assert both.edition.restricted
    assert {recipient.list for recipient in both.edition.recipients} == {domain.INVOLVED}


def test_the_mail_of_a_restricted_correction_tells_in_its_subject_no_more_than_that() -> None:
    mail = the_mail(hear(out(), a_correction(**CLOSED)).state, 3, "owner@example.com")
    assert parsed(mail)["Subject"] == f"[Postmortem correction] Restricted report {PM[:8]}"
    text = part(mail, "plain")
    assert text.startswith("Restricted: you get this")
    assert f"\n\nThis corrects the report that you got before. What was wrong: {NOTE}\n\n" in text


def test_the_meeting_and_its_grace_period_have_no_part_in_a_correction() -> None:
    waiting = hear(hear(out(), meeting_ended()).state, revised(3)).state
    assert domain.publish_when_due(waiting, TERMS, NOW + GRACE * 3).events == ()


async def test_mails_that_wait_still_go_out_as_they_were_approved_and_each_publication_s_end_is_said_once() -> None:
    room = await a_published_room()
    await room.hear(DELIVER)
    await room.hear(a_correction(report={"overview": "513 of them.\n"}))
    await room.hear(DeliverReport(postmortem_id=PM, revision=3))
    await room.mail()
    texts: dict[str, list[str]] = {}
    for recipient, mail in room.mailer.mails:
        texts.setdefault(recipient, []).append(part(mail, "plain"))
    assert sorted(texts) == EVERYBODY
    for first, second in texts.values():
        assert "Checkout answered slowly." in first
        assert ("513 of them." in second, "Checkout answered slowly." in second) == (True, False)
    for _ in range(3):
        await room.tick()
    ends = [DeliveryCompleted.model_validate_json(e.body) for e in room.bus.said if e.name == "DeliveryCompleted.v1"]
    assert [(end.revision, end.accepted) for end in ends] == [(2, 6), (3, 6)]
    state = room.documents.states[PM]
    assert (state.unfinished(), state.earlier[0].approved, room.documents.due_at) == ((), None, {})


async def test_rows_of_an_edition_that_were_never_written_down_are_asked_for_though_it_is_corrected_already() -> None:
    room = await a_published_room()
    await room.hear(a_correction())
    await room.tick()
    asked = [DeliverReport.model_validate_json(e.body).revision for e in room.bus.said if e.name.endswith("Report.v1")]
    assert asked == [2, 3, 2, 3]
    await room.hear(DELIVER, "late")
    assert {row.revision for row in room.ledger.kept.values()} == {2}
    await room.mail()
    reply = await room.hear(LIST)
    assert (reply.data["revision"], reply.data["counts"]["accepted"]) == (2, 6)
    assert all(row.state is State.ACCEPTED for row in room.ledger.kept.values())


async def test_a_room_that_hears_an_approved_correction_twice_publishes_it_once() -> None:
    room = await a_published_room()
    for id in ("one", "two"):
        await room.hear(a_correction(), id)
    assert room.bus.names().count("Published.v1") == 2


def the_mail(publication: Publication, revision: int, recipient: str = "a@example.com") -> bytes:
    press, issued = a_press(), publication.of(revision)
    assert issued
    row = a_row(recipient, revision=revision, message_id=press.message_id(PM, revision, recipient))
    return press.mail(issued, row)


def test_the_mail_says_that_it_corrects_and_what_was_wrong_and_answers_the_first_one() -> None:
    first, both = the_mail(out(), 2), hear(out(), a_correction()).state
    mail = parsed(the_mail(both, 3))
    assert mail["Subject"] == "[Postmortem correction] Checkout answers slowly (SEV2)"
    assert part(the_mail(both, 3), "plain").startswith(
        f"This corrects the report that you got before. What was wrong: {NOTE}"
    )
    assert "not &lt;412&gt;." in part(the_mail(both, 3), "html")
    assert mail["In-Reply-To"] == mail["References"] == parsed(first)["Message-ID"]
    assert the_mail(both, 2) == first
    assert parsed(first)["In-Reply-To"] is None


def test_of_many_corrections_the_thread_keeps_the_first_and_the_last_and_fits_on_a_line() -> None:
    publication = out()
    for revision in range(3, 9):
        publication = hear(publication, a_correction(revision, of=revision - 1)).state
    ids = [a_press().message_id(PM, revision, "a@example.com") for revision in (2, 6, 7)]
    mail = parsed(the_mail(publication, 8))
    assert (mail["References"].split(), mail["In-Reply-To"]) == (ids, ids[-1])


def test_who_got_no_report_before_is_answered_nothing() -> None:
    people = ({"name": "New", "email": "new@example.com"},)
    both = hear(out(), a_correction(people=people)).state
    assert "In-Reply-To" not in parsed(the_mail(both, 3, "new@example.com"))


def test_a_publication_that_never_was_is_none() -> None:
    assert out().of(7) is None
    assert Publication().of(1) is None
    decision: Decision[Publication] = domain.complete_all(out(), PM, {7: domain.Counts()}, NOW)
    assert (decision.state, decision.events, decision.due) == (out(), (), None)


def test_a_correction_says_by_their_titles_what_it_changes() -> None:
    first = approved(2, report={"overview": "412.\n", "impact": "None.\n", "gone": "x\n"})
    corrected = a_correction(
        report={"overview": "513.\n", "impact": "None. \n", "new_one": "y\n"}, severity=Severity.SEV1
    )
    assert domain.changes(None, first) == ()
    assert domain.changes(first, corrected) == ("Severity", "Overview", "New one", "Gone")
    published = domain.publish(after(first), a_command(), TERMS, NOW).state
    decision = hear(published, corrected)
    (event,) = [event for event in decision.events if isinstance(event, Published)]
    assert event.changes == ("Severity", "Overview", "New one", "Gone")
    told = "Changed since then: Severity, Overview, New one, Gone"
    for kind in ("plain", "html"):
        assert told in part(the_mail(decision.state, 3), kind)
        assert "Changed since then" not in part(the_mail(decision.state, 2), kind)
