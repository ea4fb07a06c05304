"""The bytes of a mail, read back with the standard library as any mail program would."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.distribution.adapters.characters import CONTROL
from services.distribution.adapters.letter import LetterPress
from services.distribution.adapters.rendering import Renderer
from services.distribution.adapters.wire import LINE
from services.distribution.domain import Delivery, Publication
from shared.contracts.base import Owner
from shared.contracts.links import UnsubscribeLinks
from tests.helpers.builders import PM
from tests.unit.distribution.fakes import HEAD, a_press, a_row, approved, published

HEADERS = [
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "List-Id",
    "List-Post",
    "Auto-Submitted",
    "Precedence",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]
LONG = "local-part." * 5 + "x@" + "subdomain." * 15 + "example.com"
ADDRESS = st.from_regex(
    r"\A[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?\.example\.com\Z", fullmatch=True
)
TITLE = st.text(min_size=1, max_size=300).filter(lambda title: bool(title.strip()))


def a_mail(publication: Publication | None = None, press: LetterPress | None = None, **row: Any) -> bytes:
    press = press or a_press()
    given = {"message_id": press.message_id(PM, 2, row.get("recipient", "a@example.com"))} | row
    return press.mail(publication or published("a@example.com"), a_row(**given))


def parsed(mail: bytes) -> EmailMessage:
    message = email.message_from_bytes(mail, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def raw_headers(mail: bytes) -> dict[str, str]:
    """Unfold the head by hand: what stands on the wire, undecoded."""
    head = mail.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n")
    return dict(line.split(": ", 1) for line in lines)


def part(mail: bytes, kind: str = "plain") -> str:
    body = parsed(mail).get_body((kind,))
    assert body
    content = body.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def assert_fit_for_the_wire(mail: bytes) -> None:
    assert mail.isascii()
    assert b"\0" not in mail
    assert mail.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", mail)
    assert max(len(line) for line in mail.split(b"\r\n")) <= 998


def test_every_header_is_there_once_and_says_what_it_should() -> None:
    mail = a_mail()
    message = parsed(mail)
    assert message.keys() == HEADERS
    assert_fit_for_the_wire(mail)
    assert message["Subject"] == "[Postmortem] Checkout answers slowly (SEV2)"
    assert (message["From"], message["To"]) == ("Afterword <postmortems@example.com>", "a@example.com")
    assert message["Reply-To"] == "sre@example.com"
    assert message["Date"] == "Mon, 02 Mar 2026 12:00:00 +0000"
    assert (message["Auto-Submitted"], message["List-Post"]) == ("auto-generated", "NO")
    assert message["List-Id"] == '"Everyone in engineering" <everyone.mail.example.com>'
    assert message.get_content_type() == "multipart/alternative"


def test_long_ids_and_addresses_stand_on_one_line_as_they_are() -> None:
    domain = "a-long-label." * 12 + "example.com"
    press = LetterPress(
        replace(HEAD, domain=domain, reply_to=LONG, email=LONG), a_press().renderer, {"everyone": "Ä " + "title " * 40}
    )
    mail = a_mail(press=press, recipient=LONG)
    message_id = press.message_id(PM, 2, LONG)
    lines = mail.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    assert f"Message-ID: {message_id}" in lines
    assert f"To: {LONG}" in lines
    assert f"Reply-To: {LONG}" in lines
    assert any(line.startswith('List-Id: "? title') and line.endswith(f"<everyone.{domain}>") for line in lines)
    assert LONG in raw_headers(mail)["From"]
    assert_fit_for_the_wire(mail)


@settings(max_examples=50)
@given(ADDRESS)
def test_whatever_address_a_message_may_carry_is_written_as_it_is_or_is_a_value_error(address: str) -> None:
    try:
        mail = a_mail(recipient=address)
    except ValueError:
        return  # such a row fails alone
    assert raw_headers(mail)["To"] == address


@settings(max_examples=100, deadline=None)
@given(TITLE)
def test_no_title_adds_a_header_or_breaks_the_mail(title: str) -> None:
    publication = published("a@example.com", title=title)
    assert publication.approved
    mail = a_mail(publication)
    assert parsed(mail).keys() == HEADERS
    assert_fit_for_the_wire(mail)
    expected = CONTROL.sub(" ", f"[Postmortem] {publication.approved.title} (SEV2)")[:250]
    assert "".join(str(parsed(mail)["Subject"]).split()).startswith("".join(expected.split())[:200])


@pytest.mark.parametrize(
    "title",
    [
        "x\r\nBcc: all@example.com",
        "x\nBcc: all@example.com\n\n<html>",
        "x\rBcc: all@example.com",
        "x\u2028Bcc: all@example.com\u2029\x85y",
        "Größe 🧯 " * 20 + "\r\nBcc: all@example.com",
        "=?utf-8?q?x=0D=0ABcc:_all@example.com?=",
        "=?utf-8?b?eA0KQmNjOiBhbGxAZXhhbXBsZS5jb20=?=",
        "=?utf-8?q?=E2=80=AEevil?= ",
        "abc \u202egpj.exe\u2066\u2069",
        "\x00\x07\x1b[31mred\x7f",
        "x" * 300,
        "🧯" * 300,
        "{{ organisation }} {% raw %}",
    ],
)
def test_a_title_that_wants_to_be_more_than_a_title_is_only_a_title(title: str) -> None:
    mail = a_mail(published("a@example.com", title=title))
    message = parsed(mail)
    assert message.keys() == HEADERS
    assert "Bcc" not in message
    assert_fit_for_the_wire(mail)
    assert not CONTROL.search(str(message["Subject"]))
    assert str(message["Subject"]).startswith("[Postmortem] ")


def test_a_list_title_that_wants_to_be_more_is_only_a_title() -> None:
    press = LetterPress(HEAD, a_press().renderer, {"everyone": 'a" <evil.example.com>\r\nBcc: all@example.com\\'})
    message = parsed(a_mail(press=press))
    assert message.keys() == HEADERS
    assert str(message["List-Id"]).endswith("<everyone.mail.example.com>")
    assert str(message["List-Id"]).count('"') == 2


def test_the_same_mail_has_the_same_bytes_whoever_prints_it() -> None:
    press = a_press()
    first = a_mail(press=press)
    assert a_mail(press=press) == first == a_mail(press=a_press())


def test_bodies_that_were_dropped_are_printed_again_alike() -> None:
    press = a_press()
    first = a_mail(press=press)
    for revision in range(3, 50):
        a_mail(published("a@example.com", revision=revision), press, revision=revision)
    assert len(press._bodies) < 40
    assert a_mail(press=press) == first


def test_two_mails_of_one_publication_differ_only_in_what_names_the_recipient() -> None:
    one, other = a_mail(recipient="a@example.com"), a_mail(recipient="b@example.com", list="involved")
    assert one.partition(b"\r\n\r\n")[2] == other.partition(b"\r\n\r\n")[2]
    heads = raw_headers(one), raw_headers(other)
    differ = [name for name in heads[0] if heads[0][name] != heads[1][name]]
    assert differ == ["To", "Message-ID", "List-Id"]


def test_a_message_id_is_one_for_each_mail_and_stays() -> None:
    press = a_press()
    keys = [(PM, 2, "a@example.com"), (PM, 3, "a@example.com"), (PM, 2, "b@example.com")]
    ids = {press.message_id(*key) for key in keys}
    assert len(ids) == 3
    assert all(re.fullmatch(r"<[a-z2-7]{32}@mail\.example\.com>", id) for id in ids)
    assert press.message_id(PM, 2, "A@Example.com") in ids
    assert "example.com" not in str(ids).replace("@mail.example.com", "")


def test_only_what_is_published_is_printed() -> None:
    row: Delivery = a_row()
    for publication in (Publication(), Publication(approved=approved())):
        with pytest.raises(ValueError, match="only what is published"):
            a_press().mail(publication, row)


def test_the_plain_part_has_every_section_the_facts_and_the_link() -> None:
    report = {"overview": "Short.\n\nLong.", "root_causes": "* one\n* two", "empty": " \n", "timeline": "| a |\n|---|"}
    owner = Owner(name="Olga", email="owner@example.com")
    mail = a_mail(published("a@example.com", report=report, owner=owner, services=("checkout", "cart")))
    text = part(mail, "plain")
    for words in (
        "Short.\n\n",
        "OVERVIEW\n--------\n\nShort.\n\nLong.",
        "ROOT CAUSES\n-----------\n\n* one\n* two",
        "TIMELINE\n--------\n\n| a |",
        "SEV2 · checkout, cart · 2026-03-02 10:00 UTC to 2026-03-02 11:00 UTC",
        "Owner: Olga · Reviewed by Rosa Reviewer",
        f"Read it in the library: https://afterword.example.com/postmortems/{PM}\n",
        "Example Inc. shares what it learns",
    ):
        assert words in text
    assert "EMPTY" not in text
    assert f'href="https://afterword.example.com/postmortems/{PM}"' in part(mail, "html")


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(["overview", "what_happened", "lessons"]), st.text(max_size=300), max_size=3))
def test_whatever_people_write_becomes_a_mail(report: dict[str, str]) -> None:
    mail = a_mail(published("a@example.com", report=report))
    assert_fit_for_the_wire(mail)
    assert [p.get_content_type() for p in parsed(mail).iter_parts()] == ["text/plain", "text/html"]


LINKED = UnsubscribeLinks.of("a secret key for tests, long enough")


def test_a_mail_has_its_reader_s_own_link_in_its_head_and_in_both_parts() -> None:
    for reader in ("a@example.com", "b@example.com"):
        mail = a_mail(press=a_press(LINKED), recipient=reader)
        message = parsed(mail)
        url = f"https://afterword.example.com/unsubscribe/{LINKED.token('everyone', reader)}"
        assert message["List-Unsubscribe"] == f"<{url}>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        places = HEADERS.index("List-Post") + 1
        assert message.keys() == [*HEADERS[:places], "List-Unsubscribe", "List-Unsubscribe-Post", *HEADERS[places:]]
        assert_fit_for_the_wire(mail)
        assert url in part(mail, "plain")
        assert f'href="{url}"' in part(mail, "html")


@pytest.mark.parametrize("address", ["https://a.example.com", "https://a.example.com/" + "long/" * 60 + "x=1"])
def test_a_link_of_any_length_keeps_the_lines_of_a_body_short(address: str) -> None:
    press = LetterPress(HEAD, Renderer("Example Inc.", address), {}, LINKED)
    mail = a_mail(press=press)
    assert max(map(len, mail.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= LINE
    url = f"{address}/unsubscribe/{LINKED.token('everyone', 'a@example.com')}"
    assert url in part(mail, "plain")
    assert f'href="{url}"' in part(mail, "html")


def test_without_a_key_no_mail_has_a_link() -> None:
    mail = a_mail()
    assert "List-Unsubscribe" not in parsed(mail)
    assert b"unsubscribe" not in mail.lower()


def test_a_list_s_title_is_the_one_of_the_day_of_publication() -> None:
    publication = published("a@example.com")
    assert publication.edition
    frozen = publication.changed(edition=publication.edition.model_copy(update={"titles": {"everyone": "Then"}}))
    assert parsed(a_press().mail(frozen, a_row()))["List-Id"] == '"Then" <everyone.mail.example.com>'
