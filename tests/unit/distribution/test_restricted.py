"""A restricted report goes to those whom it names, and to nobody for being on a list."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution import domain
from services.distribution.domain import INVOLVED, Circle, Publication, audience
from shared.contracts.base import Severity, postmortem_id
from shared.contracts.commands import ListDeliveries, Role
from shared.contracts.decision import UNKNOWN_POSTMORTEM
from shared.contracts.events import AccessChanged, DraftRevised, Published, ReviewApproved
from shared.contracts.links import UnsubscribeLinks
from shared.contracts.lists import subscription_id
from shared.contracts.values import Reviewer
from tests.helpers.builders import NOW, PM, a_draft, an_actor
from tests.unit.distribution.fakes import LISTS, TERMS, a_command, a_press, approved, revised
from tests.unit.distribution.test_handlers import DELIVER, EVERYBODY, Room

LINKS = UnsubscribeLinks.of("a secret key for tests, long enough")
ROSA = Reviewer(name="Rosa Reviewer", email="rosa@example.com")
CLOSED: dict[str, Any] = {"restricted": True, "readers": ("b@example.com", "reader@example.com"), "access": 1}
NAMED = ["b@example.com", "owner@example.com", "reader@example.com", "responder@example.com", "rosa@example.com"]
SECRET: dict[str, Any] = {"title": "Sekrit leak of payroll", "severity": Severity.SEV1, "services": ("payroll",)}


def an_approval(revision: int = 2, **fields: Any) -> ReviewApproved:
    return approved(revision, reviewers=(ROSA,), **fields)


def access(revision: int = 2, **fields: Any) -> AccessChanged:
    event: AccessChanged = a_draft(
        AccessChanged, revision=revision, changed_at=NOW, changed_by="owner@example.com", **(CLOSED | fields)
    )
    return event


def circle(*facts: ReviewApproved | AccessChanged | DraftRevised) -> Circle:
    known = Circle()
    for fact in facts:
        known = known.hearing(fact)
    return known


def test_a_restricted_report_goes_to_whom_it_names_under_no_list_s_name() -> None:
    report = an_approval(**CLOSED)
    found = audience(LISTS, report, circle(report))
    assert sorted(recipient.email for recipient in found) == NAMED
    assert {recipient.list for recipient in found} == {INVOLVED}


def test_an_approver_who_is_neither_reviewer_nor_reader_is_not_named() -> None:
    report = approved(**CLOSED)
    assert "rosa@example.com" not in {recipient.email for recipient in audience(LISTS, report, circle(report))}


async def test_what_is_restricted_before_it_is_published_is_mailed_to_the_named_and_its_counts_say_so() -> None:
    room = Room()
    for message in (an_approval(**SECRET), access(**SECRET), a_command(), DELIVER):
        await room.hear(message)
    await room.mail()
    assert sorted(room.mailer.recipients()) == NAMED
    said = Published.model_validate_json(room.bus.said[0].body)
    assert ([(used.name, used.recipients) for used in said.lists], said.recipients) == ([(INVOLVED, 5)], 5)
    for _, mail in room.mailer.mails:
        head = message_from_bytes(mail, policy=policy.default)
        assert head["Subject"] == f"[Postmortem] Restricted report {PM[:8]}"
        assert head["List-Id"] == '"involved" <involved.mail.example.com>'
        assert "Restricted: you get this" in head.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert b"payroll" not in mail.split(b"\r\n\r\n")[0]


def test_who_unsubscribed_from_involved_gets_no_restricted_report_and_who_did_from_a_list_still_does() -> None:
    report = an_approval(**CLOSED)
    gone = {subscription_id(INVOLVED, email) for email in ("reader@example.com", "Rosa@Example.com")}
    gone |= {subscription_id(each.name, "b@example.com") for each in LISTS}
    found = {recipient.email for recipient in audience(LISTS, report, circle(report), (), gone)}
    assert found == set(NAMED) - {"reader@example.com", "rosa@example.com"}


async def test_the_link_of_a_restricted_mail_holds_for_what_is_restricted_later() -> None:
    room = Room()
    room.deps = replace(room.deps, printer=a_press(LINKS))
    for message in (an_approval(**CLOSED), a_command(), DELIVER):
        await room.hear(message)
    await room.mail()
    (raw,) = [mail for recipient, mail in room.mailer.mails if recipient == "reader@example.com"]
    mail = message_from_bytes(raw, policy=policy.default)
    link = mail["List-Unsubscribe"].strip("<>")
    asked = LINKS.read(link.rpartition("/")[2])
    assert asked
    assert asked.subscription_id == subscription_id(INVOLVED, "reader@example.com")
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Restricted: you get this" in text
    assert link in text
    await room.hear(asked)
    room.mailer.mails.clear()
    later: dict[str, Any] = {"postmortem_id": postmortem_id("pagerduty", "later")}
    await room.hear(an_approval(**CLOSED, **later))
    for command in (a_command(), DELIVER):
        await room.hear(command.model_copy(update=later))
    await room.mail()
    assert sorted(room.mailer.recipients()) == [email for email in NAMED if email != "reader@example.com"]


async def test_what_is_restricted_after_it_was_published_is_not_sent_to_whom_it_does_not_name_any_more() -> None:
    room = Room()
    for message in (an_approval(), a_command(), DELIVER, access()):
        await room.hear(message)
    await room.mail()
    assert sorted(room.mailer.recipients()) == [email for email in NAMED if email in EVERYBODY]
    left = {row.recipient: (row.state.value, row.reply) for row in room.ledger.kept.values()}
    assert left["a@example.com"] == ("failed", "not sent: it was restricted since, and this person is not named")
    await room.tick()
    assert room.bus.names()[-1] == "DeliveryCompleted.v1"


async def test_what_is_opened_again_goes_to_everybody() -> None:
    room = Room()
    for message in (an_approval(**CLOSED), access(access=2, restricted=False), a_command(), DELIVER):
        await room.hear(message)
    await room.mail()
    assert sorted(room.mailer.recipients()) == EVERYBODY


@pytest.mark.parametrize("role", Role)
async def test_who_is_not_named_neither_publishes_nor_sees_deliveries(role: Role) -> None:
    room = Room()
    await room.hear(access())
    stranger = an_actor("a@example.com", role)
    for state in ("not approved", "approved", "published"):
        listed = await room.hear(ListDeliveries(postmortem_id=PM, actor=stranger), f"list {state}")
        refused = await room.hear(a_command(stranger.email, role), f"publish {state}")
        assert (listed.refusal, refused.refusal) == (UNKNOWN_POSTMORTEM, UNKNOWN_POSTMORTEM)
        owner = await room.hear(ListDeliveries(postmortem_id=PM, actor=an_actor("owner@example.com")), f"own {state}")
        assert owner.refusal is None
        await room.hear(an_approval() if state == "not approved" else a_command(), f"next {state}")


FACTS = (
    revised(2),
    access(revision=2),
    an_approval(2),
    revised(3).model_copy(update=CLOSED | {"access": 2}),
    an_approval(3, **(CLOSED | {"access": 2})),
)


@given(st.permutations(FACTS))
def test_once_it_is_closed_no_older_fact_opens_it_in_whatever_order_they_come(
    order: list[ReviewApproved | AccessChanged | DraftRevised],
) -> None:
    publication: Publication | None = None
    for n, fact in enumerate(order):
        if isinstance(fact, ReviewApproved):
            publication = domain.hear_approval(publication, fact, TERMS, NOW).state
        else:
            publication = domain.hear_edit(publication, fact, TERMS, NOW).state
        is_closed = any(known.restricted for known in order[: n + 1])
        assert publication.circle.sees("a@example.com") == (not is_closed)
        assert publication.circle.sees("owner@example.com")
    assert publication
    assert {r.email for r in audience(LISTS, an_approval(3), publication.circle)} == set(NAMED)
