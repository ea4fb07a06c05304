"""The mail of a notice, read back with the standard library as any mail program would."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.distribution.adapters.characters import CONTROL
from services.distribution.adapters.notice import LONGEST_TITLE
from services.distribution.domain import Fact, Notice
from services.distribution.domain.address_notice import AddressNoticeKind
from services.distribution.domain.told import OWNER_ASSIGNED
from shared.contracts.meeting_notices import MeetingNoticeKind
from shared.contracts.meeting_reminders import MeetingReminderKind
from shared.contracts.notices import OwnerReason, ReminderKind
from shared.contracts.review_notices import ReviewNoticeKind
from tests.helpers.builders import PM, an_item
from tests.unit.distribution.fakes import ADA, BEN, HEAD, a_notice, a_notice_press, a_notice_row, assigned, reminder
from tests.unit.distribution.test_letter import assert_fit_for_the_wire, parsed, part

HEADERS = [
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]
THREADED = [*HEADERS[:6], "In-Reply-To", "References", *HEADERS[6:]]
KINDS = [kind.value for kind in ReminderKind]
REVIEW_KINDS = [kind.value for kind in ReviewNoticeKind]
MEETING_KINDS = [*(f"meeting_{kind.value}" for kind in MeetingNoticeKind), *(k.value for k in MeetingReminderKind)]
URL = f"https://afterword.example.com/postmortems/{PM}"
TITLE = st.text(min_size=1, max_size=300).filter(lambda title: bool(title.strip()))


def a_mail(fact: Fact | None = None, *, restricted: bool = False, **fields: Any) -> bytes:
    return mail_of(a_notice(fact, **fields), restricted=restricted)


def mail_of(notice: Notice, *, restricted: bool = False) -> bytes:
    return a_notice_press().mail(notice, a_notice_row(notice), restricted=restricted)


def test_every_header_is_there_once_and_none_is_a_lists() -> None:
    mail = a_mail()
    message = parsed(mail)
    assert message.keys() == HEADERS
    assert_fit_for_the_wire(mail)
    assert message["Subject"] == "[Postmortem] Yours: Checkout answers slowly (SEV2)"
    assert (message["From"], message["To"]) == ("Afterword <postmortems@example.com>", "ada@example.com")
    assert message["Reply-To"] == "sre@example.com"
    assert message["Date"] == "Mon, 02 Mar 2026 12:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"


def test_the_mail_says_what_why_until_when_and_what_next_in_both_parts() -> None:
    mail = a_mail()
    for kind in ("plain", "html"):
        text = part(mail, kind)
        assert "The postmortem “Checkout answers slowly” (SEV2) is yours" in text
        assert "you led the response" in text
        assert "Saturday 2026-03-07 07:00 (America/New_York)" in text
        assert URL in text
        assert "Hand it over" in text
        assert f"PATCH /v1/postmortems/{PM}" in text
        assert len(text) < 4000
    assert "Saturday 2026-03-07 13:00 (Europe/Berlin)" in part(a_mail(assigned(BEN)))


@pytest.mark.parametrize("reason", list(OwnerReason))
def test_each_reason_is_told_and_who_gave_it(reason: OwnerReason) -> None:
    by_policy, by_hand = (part(a_mail(assigned(reason=reason, assigned_by=who))) for who in ("afterword", BEN.email))
    assert "Why you: " in by_policy
    assert "afterword)" not in by_policy
    assert "(by ben@example.com)" in by_hand
    handed_over = part(a_mail(assigned(reason=reason, previous=BEN)))
    assert ("Ben Okafor had it" in handed_over) is (reason is OwnerReason.HANDED_OVER)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_reminder_has_words_of_its_own(kind: str) -> None:
    mail = a_mail(reminder(kind, step=3))
    assert parsed(mail).keys() == THREADED
    assert_fit_for_the_wire(mail)
    assert "Checkout answers slowly (SEV2)" in str(parsed(mail)["Subject"])
    assert ("Action item" in str(parsed(mail)["Subject"])) is ("item" in kind)
    assert "This is reminder 3." in part(mail)
    assert ("was due by" in part(mail)) is kind.endswith("late")
    assert ("Set the size of the pool" in part(mail)) is ("item" in kind)
    assert ("https://tracker.example.com/CHK-77" in part(mail)) is ("item" in kind)


def test_there_are_words_for_every_kind_and_for_no_other() -> None:
    words = a_notice_press().words
    assert set(words) == {OWNER_ASSIGNED, *KINDS, *REVIEW_KINDS, *MEETING_KINDS, *AddressNoticeKind}
    assert all(set(each) - {"where"} == {"subject", "what", "why", "until", "steps"} for each in words.values())


def test_a_message_id_follows_from_fact_and_recipient_and_the_same_row_has_the_same_bytes() -> None:
    ids = {a_notice_press().message_id(a_notice(fact, id)) for fact in (assigned(), assigned(BEN)) for id in "ab"}
    assert len(ids) == 4
    assert all(re.fullmatch(r"<[a-z2-7]{32}@mail\.example\.com>", each) for each in ids)
    assert a_mail() == a_mail()


def test_a_reminder_answers_the_mail_that_gave_it_to_the_same_person() -> None:
    first = a_notice(id="fact-1")
    message = parsed(a_mail(reminder(), id="fact-2", follows="fact-1"))
    assert message["In-Reply-To"] == message["References"] == a_notice_press().message_id(first)


def test_without_such_a_mail_reminders_of_one_matter_answer_one_id() -> None:
    def thread(fact: Fact, id: str) -> str:
        return str(parsed(a_mail(fact, id=id))["In-Reply-To"])

    draft = thread(reminder("draft_due"), "1")
    assert draft == thread(reminder("draft_late"), "2")
    item = thread(reminder("item_due"), "3")
    assert item == thread(reminder("item_late", step=2), "4") != draft
    other = reminder("item_due", item=an_item(id="7a4f5f0e-1c4e-5b0e-8a51-2f6f5b1f0c11"))
    assert thread(other, "5") != item
    assert thread(reminder("draft_due", BEN), "6") != draft


@pytest.mark.parametrize("fact", [assigned(), *(reminder(kind) for kind in KINDS)], ids=[OWNER_ASSIGNED, *KINDS])
@pytest.mark.parametrize("by_fact", [True, False])
def test_of_what_is_restricted_the_subject_tells_nothing_and_the_body_only_the_title(fact: Fact, by_fact: bool) -> None:
    given = fact.model_copy(update={"restricted": by_fact})
    mail = a_mail(given, restricted=not by_fact)
    assert str(parsed(mail)["Subject"]).endswith(f": restricted report {PM[:8]}")
    for kind in ("plain", "html"):
        text = part(mail, kind)
        assert "Restricted: you get this because you are named in it." in text
        assert "Checkout answers slowly" in text
        assert "pool" not in text
        assert "tracker.example.com" not in text


@settings(max_examples=100, deadline=None)
@given(TITLE, st.sampled_from([OWNER_ASSIGNED, *KINDS]))
@example("0" * 28, "item_due")
def test_no_title_adds_a_header_or_breaks_the_mail_or_hides_how_bad_it_was(title: str, kind: str) -> None:
    fact = assigned(title=title) if kind == OWNER_ASSIGNED else reminder(kind, title=title)
    mail = a_mail(fact)
    message = parsed(mail)
    assert message.keys() == (HEADERS if kind == OWNER_ASSIGNED else THREADED)
    assert_fit_for_the_wire(mail)
    assert b"\r\nSubject: " in mail, "its first line is never empty"
    subject = str(message["Subject"])
    assert subject.startswith("[Postmortem] ")
    assert subject.endswith("(SEV2)")
    seen = "".join(CONTROL.sub(" ", fact.title).replace("=?", "= ?").split())[: LONGEST_TITLE // 2]
    assert seen in "".join(subject.split())


@pytest.mark.parametrize(
    "title",
    [
        "x\r\nBcc: all@example.com",
        "x\u2028Bcc: all@example.com",
        "=?utf-8?q?x=0D=0ABcc:_all@example.com?=",
        "Überlauf im Lager 🧯 " * 12,
        "\u202eevil\u202c עברית فارسی",
        "{{ 7 * 7 }} {% raw %}",
        "<script>alert(1)</script> & “quotes”",
    ],
)
def test_a_hostile_title_is_text_in_a_mail_as_any_other(title: str) -> None:
    mail = a_mail(assigned(title=title))
    assert parsed(mail).keys() == HEADERS
    assert_fit_for_the_wire(mail)
    assert "<script" not in part(mail, "html")
    assert "49" not in part(mail)
    assert 'dir="auto"' in part(mail, "html")


@pytest.mark.parametrize("kind", ["item_due", "item_late"])
def test_the_words_of_an_item_stay_short_and_in_one_paragraph(kind: str) -> None:
    text = "Replace the pool\n\n-- \nand " + "a word " * 130
    mail = a_mail(reminder(kind, item=an_item(text=text)))
    assert_fit_for_the_wire(mail)
    assert part(mail).count("\n-- \n") == 1
    assert len(part(mail)) < 2000


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "https://afterword.example.com/base/"])
def test_the_link_leads_to_the_postmortem(url: str) -> None:
    press = a_notice_press()
    press.renderer.public_url = url.rstrip("/")
    mail = press.mail(a_notice(), a_notice_row())
    assert f"{url.rstrip('/')}/postmortems/{PM}\n" in part(mail)


def test_an_address_that_cannot_be_written_is_a_value_error() -> None:
    notice = a_notice()
    with pytest.raises(ValueError, match="address"):
        a_notice_press().mail(notice, replace(a_notice_row(notice), recipient="a@b@example.com"))


def test_the_letterhead_is_that_of_reports() -> None:
    message = parsed(a_mail(assigned(ADA)))
    assert HEAD.email in str(message["From"])
    assert HEAD.reply_to == str(message["Reply-To"])
