"""Every kind of mail keeps the rules of mail, and what wants to be more than text is text."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.distribution.adapters.letter import LetterPress
from services.distribution.adapters.notice import NoticePress, Zones
from services.distribution.adapters.rendering import Renderer
from services.distribution.adapters.samples import NOTICES
from services.distribution.domain.form import FileKind, ReportForm
from shared.contracts.base import Owner
from tests.helpers.builders import NOW, PM
from tests.helpers.every_mail import HEAD, LINKS, TEMPLATES, every_mail
from tests.helpers.strict_mail import checked, part_of
from tests.unit.distribution.fakes import a_notice, a_notice_row, a_row, published, review_notice
from tests.unit.distribution.test_html import assert_inert

MAILS = every_mail()


@pytest.mark.parametrize("name", MAILS)
def test_every_kind_of_mail_keeps_the_rules_of_mail_and_does_nothing(name: str) -> None:
    assert_inert(part_of(checked(MAILS[name]), "html"))


def test_there_is_a_mail_of_every_kind_of_notice_that_there_are_words_for() -> None:
    assert {notice.kind for notice in NOTICES} == set(TEMPLATES.words)


PROBES = {
    "script": "<script>alert(1)</script>",
    "handler": "<img src=x onerror=alert(1)>\" onmouseover='alert(1)' x=\"",
    "javascript": "[x](javascript:alert(1)) <javascript:alert(1)>",
    "data": "[x](data:text/html;base64,PHNjcmlwdD4=) ![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "style": "<p style=\"background:url(https://tracker.example.com)\">x</p> </style><style>*{background:url('//x')}",
    "header": "x\r\nBcc: all@example.com\r\n\r\n<html>\nSubject: other\u2028Bcc: a@example.com\x85y",
    "encoded words": "=?utf-8?q?x=0D=0ABcc:_all@example.com?= =?utf-8?b?eA0KQmNjOiBhbGxAZXhhbXBsZS5jb20=?=",
    "bidi": "abc \u202egpj.exe\u2066\u2069 \u202dx",
    "null": "\0 a\0b \x07 \x1b[31mred\x7f \x9b",
    "boundary": "--=_d924ce96f75cfcc70371aee6047c7bf1\r\nContent-Type: text/html\r\n\r\n<b>\r\n--=_x--\r\n.\r\nQUIT",
    "long": "Größe " + "x" * 9_994,
    "template": "{{ organisation }} {% include 'body.txt' %} {{ ''.__class__.__mro__ }} {% raw %} {# x #} u{{ url }}",
}


def a_report(probe: str, form: ReportForm = ReportForm.WHOLE) -> bytes:
    """Return a report that has the probe wherever people, tools and admins write, whatever messages would refuse."""
    person = Owner.model_construct(name=probe, email="olga@example.com")
    publication = published("a@example.com", report={"overview": probe, "lessons": f"# {probe}\n\n{probe}"})
    assert publication.approved
    assert publication.edition
    approval = publication.approved.approvals[0].model_copy(update={"name": probe})
    approved = publication.approved.model_copy(
        update={
            "title": probe,
            "services": (probe,),
            "owner": person,
            "severity_label": probe,
            "correction_of": 1,
            "correction_note": probe,
            "approvals": (approval,),
        }
    )
    edition = publication.edition.model_copy(update={"titles": {"everyone": probe}, "changes": (probe,)})
    press = LetterPress(HEAD, Renderer(probe, "https://x.example.com", TEMPLATES, form, FileKind.HTML), {}, LINKS)
    row = a_row(message_id=press.message_id(PM, 2, "a@example.com"))
    return press.mail(publication.changed(approved=approved, edition=edition), row)


def a_notice_mail(probe: str) -> bytes:
    """Return a notice that has the probe wherever people write."""
    given: dict[str, Any] = {"title": probe, "why": (probe,), "sections": (probe,), "counts": {probe: 1}}
    fact = review_notice("review_again", due=NOW).model_copy(update=given)
    press = NoticePress(HEAD, Renderer(probe, "https://x.example.com", TEMPLATES), Zones(ZoneInfo("UTC"), {}))
    notice = a_notice().model_copy(update={"fact": fact})
    return press.mail(notice, a_notice_row(notice))


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("form", list(ReportForm))
def test_a_probe_in_a_report_is_text(name: str, form: ReportForm) -> None:
    mail = a_report(PROBES[name], form)
    assert checked(mail).keys() == checked(a_report("harmless", form)).keys()
    assert_text(mail, PROBES[name])


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_in_a_notice_is_text(name: str) -> None:
    mail = a_notice_mail(PROBES[name])
    assert checked(mail).keys() == checked(a_notice_mail("harmless")).keys()
    assert_text(mail, PROBES[name])


def assert_text(mail: bytes, probe: str) -> None:
    message = checked(mail)
    text, page = part_of(message, "plain"), part_of(message, "html")
    assert_inert(page)
    for part in (text, page):
        assert not {"\0", "\x07", "\x1b", "\x7f", "\x9b"} & set(part)
        assert "<class" not in part
    assert len(message["Subject"]) <= 250
    assert not {"\u202e", "\u202d", "\u2066"} & set(f"{message['Subject']}{message.get('List-Id')}")
    assert "x.example.com" in text
    if probe.startswith("{{"):
        assert probe in text


def test_a_title_of_ten_thousand_characters_leaves_the_severity_in_the_subject() -> None:
    mail = checked(a_report("Größe " + "x" * 9_994))
    assert "…" in mail["Subject"]
    assert checked(a_notice_mail("y" * 10_000))["Subject"].endswith("… (SEV2)")
