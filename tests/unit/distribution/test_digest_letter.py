"""The mail of a digest, read back with the standard library as any mail program would."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.distribution.domain import Delivery
from services.distribution.domain.digest.digest import Digest, Entry
from shared.contracts.base import derived_id
from shared.contracts.mail_preferences import WEEKLY_DIGEST
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import a_row
from tests.unit.distribution.sharing_fakes import LINKS, a_digest_press
from tests.unit.distribution.test_letter import assert_fit_for_the_wire, parsed, part

HEADERS = [
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "List-Id",
    "List-Post",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
    "Precedence",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]
TITLES = st.text(min_size=1, max_size=300)


def an_entry(title: str = "Checkout answers slowly", **fields: Any) -> Entry:
    given = {"postmortem_id": PM, "severity": "sev2", "at": NOW, "who": "Ada Moreno"} | fields
    return Entry.model_validate({"title": title, **given})


def a_digest(**fields: Any) -> Digest:
    given: dict[str, Any] = {
        "week": "2026-W10",
        "since": NOW - timedelta(days=7),
        "until": NOW,
        "published": (an_entry(), an_entry("Search was empty", severity="sev1")),
        "corrected": (an_entry("Mail was late", words="Impact"),),
        "meetings": (an_entry("Login failed", at=NOW + timedelta(hours=45)),),
        "overdue": (an_entry("Set the size of the pool", severity=None, words="Checkout answers slowly"),),
        "anniversaries": (an_entry("The day of the disk"),),
        "month": "2026-02",
        "of_the_month": an_entry("Retries without end", words="Read it."),
        "left_out": {"overdue": 12},
    } | fields
    return Digest.model_validate(given)


def a_digest_row(recipient: str = "ada@example.com") -> Delivery:
    id = a_digest_press().message_id("2026-W10", recipient)
    return a_row(recipient, id=derived_id(recipient), revision=0, list=WEEKLY_DIGEST, message_id=id)


def a_mail(digest: Digest | None = None, **fields: Any) -> bytes:
    return a_digest_press(**fields).mail(digest or a_digest(), a_digest_row())


def test_every_header_is_there_once_and_its_list_is_its_own() -> None:
    mail = a_mail()
    message = parsed(mail)
    assert message.keys() == HEADERS
    assert_fit_for_the_wire(mail)
    assert message["Subject"] == "[Postmortems] Week 10: 2 new, 1 corrected, 13 overdue"
    assert (message["To"], message["List-Id"]) == (
        "ada@example.com",
        '"Weekly digest of postmortems" <weekly-digest.mail.example.com>',
    )
    assert message["Date"] == "Mon, 02 Mar 2026 12:00:00 +0000"


def test_both_parts_tell_everything_and_the_same() -> None:
    shown = re.sub(r"<(style|title).*?</\1>|<[^>]+>", " ", part(a_mail(), "html"), flags=re.DOTALL)
    told = " ".join(shown.split()).casefold()
    plain = part(a_mail())
    for entry in a_digest().entries:
        assert entry.title in plain
        assert entry.title.casefold() in told
    for heading in ("New reports", "Corrected", "Meetings to come", "Overdue action items", "A year ago this week"):
        assert heading.upper() in plain
        assert heading.casefold() in told
    assert "Wednesday 2026-03-04 10:00" in plain
    assert "Europe/Berlin" in plain
    assert "POSTMORTEM OF THE MONTH: FEBRUARY 2026" in plain
    assert "and 12 more" in plain
    assert plain.count(f"https://afterword.example.com/postmortems/{PM}\n") == len(a_digest().entries)


def test_each_has_a_link_of_their_own_in_head_and_both_parts_and_none_without_a_key() -> None:
    press = a_digest_press()
    for recipient in ("ada@example.com", "ben@example.com"):
        mail = press.mail(a_digest(), a_digest_row(recipient))
        url = f"https://afterword.example.com/unsubscribe/{LINKS.token(WEEKLY_DIGEST, recipient)}"
        assert parsed(mail)["List-Unsubscribe"] == f"<{url}>"
        assert parsed(mail)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert f"No more digests: {url}" in part(mail)
        assert f'href="{url}"' in part(mail, "html")
    without = a_mail(links=None)
    assert "List-Unsubscribe" not in parsed(without)
    assert "No more digests" not in part(without) + part(without, "html")


def test_a_message_id_follows_from_week_and_person_and_the_same_row_has_the_same_bytes() -> None:
    press = a_digest_press()
    ids = {press.message_id(week, email) for week in ("2026-W10", "2026-W11") for email in ("a@b", "c@d")}
    assert len(ids) == 4
    assert press.message_id("2026-W10", "A@b") in ids
    assert a_mail() == a_mail() == press.mail(a_digest(), a_digest_row())


def test_what_is_not_there_has_no_heading() -> None:
    empty = dict.fromkeys(("corrected", "meetings", "overdue", "anniversaries"), ())
    mail = a_mail(a_digest(**empty, of_the_month=None, left_out={}))
    assert parsed(mail)["Subject"] == "[Postmortems] Week 10: 2 new"
    for word in ("Corrected", "Meetings", "Overdue", "year ago", "of the month", " more\n"):
        assert word.casefold() not in part(mail).casefold()
    quiet = a_mail(a_digest(**empty, published=(), left_out={}))
    assert parsed(quiet)["Subject"] == "[Postmortems] Week 10"


@settings(max_examples=60, deadline=None)
@given(TITLES, TITLES)
def test_no_title_and_no_words_add_a_header_or_break_the_mail(title: str, words: str) -> None:
    mail = a_mail(a_digest(published=(an_entry(title, words=words, who=title),)))
    assert parsed(mail).keys() == HEADERS
    assert_fit_for_the_wire(mail)


@pytest.mark.parametrize(
    "title",
    [
        "x\r\nBcc: all@example.com",
        "{{ 7 * 7 }} {% raw %}",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "\u202eevil\u202c",
        "-- \nsignature",
        "T" * 10_000,
        "[x](javascript:alert(1))",
    ],
)
def test_a_hostile_title_is_text_in_one_short_line(title: str) -> None:
    mail = a_mail(a_digest(published=(an_entry(title, words=title),)))
    assert parsed(mail).keys() == HEADERS
    assert_fit_for_the_wire(mail)
    html = part(mail, "html")
    assert not re.search(r"<(script|img)|href=\"javascript", html)
    assert "49" not in part(mail)
    assert max(map(len, part(mail).splitlines())) < 600
    assert part(mail).count("\n-- \n") == 1
