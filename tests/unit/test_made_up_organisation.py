"""An organisation that does everything in its own way, by a policy file and templates alone: from alert to mail.

The rooms' own policies, decisions and adapters, one after the other; what lies between them is tested elsewhere.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from services.calendar import domain as calendar
from services.calendar.adapters.vevent import build
from services.calendar.settings import Policy as CalendarPolicy
from services.distribution import domain as distribution
from services.distribution.settings import Policy as DistributionPolicy
from services.distribution.settings import Settings as DistributionSettings
from services.distribution.wiring import printing
from services.drafting import domain as drafting
from services.drafting.app import guidance
from services.drafting.settings import Policy as DraftingPolicy
from services.gateway.domain import answer
from services.gateway.domain.external import as_text, external_message, reviewed_revision
from services.gateway.domain.sources import alertmanager
from services.gateway.domain.sources.delivery import Delivery
from services.gateway.domain.view import View, project
from services.gateway.settings import Policy as GatewayPolicy
from services.review import domain as review
from services.review.settings import Policy as ReviewPolicy
from shared.contracts import Message
from shared.contracts import events as said
from shared.contracts.base import Severity
from shared.contracts.commands import GiveVerdict, RevisePostmortem, Role, SubmitForReview, Verdict
from shared.contracts.severities import aliases
from shared.settings import load_policy
from tests.helpers.builders import an_actor

FOLDER = Path(__file__).resolve().parents[1] / "organisation"
POLICY = FOLDER / "policy.toml"
BEGAN = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)
ENDED = BEGAN + timedelta(minutes=50)
NOW = ENDED + timedelta(minutes=1)
TEXTS = {
    "kurz": "Der Fahrkartenschalter nahm 50 Minuten lang keine Karten.\n",
    "geld": "37 Buchungen fehlen.\n",
    "fahrgaeste": "Am Vormittag ging die Buchung **nicht**. Bezahlt hat niemand doppelt.\n",
}


def alerts(status: str) -> list[said.IncidentReported]:
    """What the organisation's Alertmanager tells, with its own word for the severity."""
    alert = {
        "status": status,
        "labels": {"alertname": "Schalter", "severity": "Orange", "service": "tickets"},
        "annotations": {"summary": "Schalter | nimmt keine Karten"},
        "startsAt": BEGAN.isoformat(),
        "endsAt": ENDED.isoformat(),
        "fingerprint": "f1",
    }
    body = json.dumps({"version": "4", "status": status, "groupKey": "g", "alerts": [alert]}).encode()
    words = aliases(load_policy(POLICY, GatewayPolicy).severities)
    told = alertmanager.parse(Delivery(body=body, received_at=NOW, severities=words))
    return [report for _, report in told if isinstance(report, said.IncidentReported)]


def rules() -> drafting.Guidance:
    return guidance(load_policy(POLICY, DraftingPolicy), POLICY, secret="")


def drafted() -> drafting.Postmortem:
    by, known = rules(), None
    for event in (*alerts("firing"), *alerts("resolved")):
        known = drafting.follow_incident(known, event, event.kind, by, NOW).state
    assert known
    return drafting.open_draft(known, by, NOW).state


def written() -> drafting.Postmortem:
    by, known = rules(), drafted()
    command = RevisePostmortem(
        postmortem_id=known.id, actor=an_actor("olga@example.com"), base_revision=1, sections=TEXTS
    )
    revised = drafting.revise(known, command, by, NOW).state
    assert revised
    return revised


def submitted(known: drafting.Postmortem) -> Any:
    command = SubmitForReview(postmortem_id=known.id, actor=an_actor("olga@example.com"))
    return drafting.submit(known, command, rules(), NOW)


def approved() -> said.ReviewApproved:
    (request,) = submitted(written()).events
    by = load_policy(POLICY, ReviewPolicy)
    opened = review.open_review(None, request, review.Pool(members=by.community()), by.practice(), NOW).state
    command = GiveVerdict(
        postmortem_id=request.postmortem_id,
        actor=an_actor("rudi@example.com", Role.REVIEWER),
        revision=2,
        verdict=Verdict.APPROVE,
    )
    (event,) = review.give_verdict(opened, command, NOW).events
    assert isinstance(event, said.ReviewApproved)
    return event


def mailed() -> tuple[list[EmailMessage], said.Published]:
    by = load_policy(POLICY, DistributionPolicy)
    event = approved()
    known = distribution.hear_approval(None, event, by.terms(), NOW).state
    over = said.MeetingEnded(postmortem_id=event.postmortem_id, uid="u", ended_at=NOW)
    known = distribution.hear_meeting_ended(known, over, by.terms(), NOW).state
    decision = distribution.publish_when_due(known, by.terms(), NOW)
    published = next(each for each in decision.events if isinstance(each, said.Published))
    settings = DistributionSettings.model_validate(
        {
            "rabbitmq_url": "amqp://127.0.0.1/",
            "mongo_url": "mongodb://127.0.0.1/",
            "policy": POLICY,
            "smtp_url": "smtp://127.0.0.1:25",
        }
    )
    press = printing.presses(by, settings).letters
    assert decision.state.edition
    letters = [
        press.mail(
            decision.state,
            distribution.Delivery(
                id=recipient.email,
                postmortem_id=event.postmortem_id,
                revision=2,
                recipient=recipient.email,
                list=recipient.list,
                message_id=press.message_id(event.postmortem_id, 2, recipient.email),
                not_before=NOW,
                updated_at=NOW,
            ),
        )
        for recipient in decision.state.edition.recipients
    ]
    return [message_from_bytes(letter, policy=policy.default) for letter in letters], published


def viewed(*facts: Message) -> View:
    view: View | None = None
    for n, fact in enumerate(facts):
        view = project(view, fact, (NOW, f"e-{n}"))
    assert view
    return view


def test_its_tool_s_word_becomes_its_severity_and_its_draft_has_its_own_sections_and_says_what_is_missing() -> None:
    draft = drafted()
    assert (draft.severity, draft.severity_label) == (Severity.SEV2, "Orange")
    assert list(draft.report) == ["kurz", "geld", "ablauf", "glueck", "fahrgaeste"]
    assert draft.report["kurz"].startswith("Schalter \\| nimmt keine Karten (Orange), 50 min.\n\n> To do: Zwei Sätze")
    assert "> - Wer rechnet nach?" in draft.report["geld"]
    assert draft.missing == ("kurz", "geld", "glueck", "fahrgaeste")
    assert draft.owner
    assert draft.owner.email == "olga@example.com"


def test_its_own_days_off_move_the_deadline_and_the_meeting_lies_in_its_own_hours() -> None:
    """Thursday is Corpus Christi in Austria, Friday the organisation's own day: the third business day is Tuesday.

    Wednesday would leave no day to approve the text before people read it, so the meeting is on Monday.
    """
    draft = drafted()
    assert draft.deadline == datetime(2026, 6, 9, 8, 50, tzinfo=UTC)
    practice = load_policy(POLICY, CalendarPolicy).practice("https://afterword.example.com")
    meeting = calendar.follow_draft(None, draft.say(said.DraftCreated), (), practice, NOW).state
    assert meeting.start.astimezone(practice.zone).isoformat() == "2026-06-08T08:00:00+02:00"
    late = calendar.find_slot(
        calendar.Wish(now=datetime(2026, 6, 3, 12, tzinfo=UTC), deadline=draft.deadline, length=timedelta(minutes=45)),
        practice,
    )
    assert late.start.astimezone(practice.zone).isoformat() == "2026-06-08T08:00:00+02:00"
    assert "(Orange)" in build(calendar.entry_of(meeting, practice))


def test_its_template_keeps_an_unfinished_text_from_review_and_tells_what_else_is_missing() -> None:
    refusal = submitted(drafted()).reply.refusal
    assert (refusal.rule, refusal.field) == ("sections-missing", "sections.kurz")
    assert "Kurz gesagt (`kurz`)" in refusal.detail
    assert submitted(written()).reply.data["missing"] == ["glueck"]


def test_what_is_mailed_has_its_headings_its_severity_and_at_the_end_what_passengers_are_told() -> None:
    mails, _ = mailed()
    assert sorted(str(mail["To"]) for mail in mails) == [
        "kundendienst@example.com",
        "olga@example.com",
        "rudi@example.com",
    ]
    for mail in mails:
        assert str(mail["Subject"]).endswith("(Orange)")
        body = mail.get_body(("plain",))
        assert body
        text = body.get_content()
        places = [
            text.index(word) for word in ("KURZ GESAGT", "GELD & TICKETS", "ABLAUF", "FOR CUSTOMERS", "FÜR UNSERE")
        ]
        assert places == sorted(places)
        assert text.strip().startswith("Der Fahrkartenschalter nahm 50 Minuten")
        page = mail.get_body(("html",))
        assert page
        assert "Geld &amp; Tickets" in page.get_content()


def test_people_read_it_in_its_words_and_the_status_page_gets_what_passengers_are_told() -> None:
    _, published = mailed()
    event = approved()
    view = viewed(written().say(said.DraftCreated), event, published)
    whole = answer.whole(view, event, "https://afterword.example.com", NOW)
    assert (whole.severity, whole.severity_label) == (Severity.SEV2, "Orange")
    assert [section.title for section in whole.template][1] == "Geld & Tickets"
    assert reviewed_revision(view) == 2
    assert as_text(external_message(event, reviewed=True)) == (
        "Am Vormittag ging die Buchung nicht. Bezahlt hat niemand doppelt.\n"
    )


@pytest.mark.parametrize("room", [CalendarPolicy, DistributionPolicy, DraftingPolicy, GatewayPolicy, ReviewPolicy])
def test_every_service_reads_its_policy_file(room: Any) -> None:
    assert load_policy(POLICY, room)
