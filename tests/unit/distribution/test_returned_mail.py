"""Reading what comes back: whose it is, what it says, and that nothing anybody sends does harm."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution.adapters.bounces import ReturnPaths, read
from services.distribution.adapters.bounces.reading import Ignored
from services.distribution.domain import Delivery
from services.distribution.domain.bouncing import Report, about, kind_of
from shared.contracts.base import derived_id
from shared.contracts.bounces import BounceKind
from tests.unit.distribution.fakes import a_row
from tests.unit.distribution.returned import A_ROW, NAMES, PATHS, a_mail

MARKED = {"delayed": "delayed_or_delivered", "vacation": "auto_reply", "read": "other_report", "person": "no_bounce"}
TOLD = {
    "postfix": ("5.1.1", BounceKind.HARD, "550 5.1.1 <a@example.com>: Recipient address rejected: User unknown"),
    "exchange": ("5.2.2", BounceKind.SOFT, "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:"),
    "exim": ("5.7.1", BounceKind.REFUSED, "550 5.7.1 <a@example.com>: message refused by policy"),
    "qmail": ("5.1.1", BounceKind.HARD, "Sorry, no mailbox here by that name. (#5.1.1)"),
}


def the_report(name: str, row: Delivery = A_ROW) -> Report | None:
    found = read(a_mail(name, row))
    assert not isinstance(found, Ignored)
    return about(found, A_ROW)


def test_every_sample_is_tested() -> None:
    assert {*MARKED, *TOLD} == set(NAMES)


@pytest.mark.parametrize("name", TOLD)
def test_a_bounce_tells_its_status_the_server_s_words_and_what_that_says_of_the_address(name: str) -> None:
    report = the_report(name)
    status, kind, reply = TOLD[name]
    assert report
    assert (report.status, kind_of(report.status)) == (status, kind)
    assert report.reply.startswith(reply)


@pytest.mark.parametrize("name", MARKED)
def test_what_is_no_bounce_is_named(name: str) -> None:
    assert read(a_mail(name)) == Ignored(MARKED[name])


@pytest.mark.parametrize("name", ["postfix", "exim", "qmail"])
def test_a_report_about_another_recipient_does_not_fit(name: str) -> None:
    assert the_report(name, replace(A_ROW, recipient="z@example.com")) is None


@pytest.mark.parametrize(
    "other",
    [
        {"recipient": "z@example.com"},
        {"message_id": "<another@mail.example.com>"},
        {"id": derived_id("delivery", "another")},
    ],
)
def test_a_report_that_speaks_of_another_mail_does_not_fit(other: dict[str, str]) -> None:
    assert the_report("postfix", replace(A_ROW, **other)) is None  # type: ignore[arg-type]


def test_an_envelope_id_that_a_relay_gave_says_nothing() -> None:
    assert Report(status="5.1.1", reply="", envid="QQ314159").fits(A_ROW)


def test_a_mail_that_was_passed_on_may_name_where_it_went() -> None:
    assert the_report("exchange")


def test_of_many_recipients_the_row_s_own_counts() -> None:
    first = Report(status="5.1.1", reply="x", recipients=frozenset({"z@example.com"}))
    own = Report(status="4.2.1", reply="y", recipients=frozenset({"a@example.com"}))
    nobody = Report(status="5.0.0", reply="z")
    assert about([first, nobody, own], A_ROW) == own
    assert about([first, nobody], A_ROW) == nobody
    assert about([first], A_ROW) is None


@pytest.mark.parametrize(
    ("said", "diagnostic", "status"),
    [
        ("5.0.0", "smtp; 550 5.1.1 unknown", "5.1.1"),
        ("5.1.1", "smtp; 550 5.7.1 no", "5.1.1"),
        ("5.0.0", "smtp; 450 4.2.1 later", "5.0.0"),
        ("5.0.0", "smtp; 550 no such user at 192.5.1.1", "5.0.0"),
        ("5.2.2 (mailbox full)", "", "5.2.2"),
        ("nonsense", "smtp; 550 5.1.1 unknown", "5.1.1"),
        ("", "", "5.0.0"),
        ("2.0.0", "", "5.0.0"),
        ("4.4.7", "smtp; 550 5.1.1", "4.4.7"),
    ],
)
def test_the_best_known_status_is_taken(said: str, diagnostic: str, status: str) -> None:
    mail = a_mail("postfix").replace(b"Status: 5.1.1", f"Status: {said}".encode())
    head, _, rest = mail.partition(b"Diagnostic-Code: ")
    mail = head + f"Diagnostic-Code: {diagnostic}".encode() + rest[rest.index(b"\r\n\r\n") :]
    found = read(mail)
    assert isinstance(found, tuple)
    assert [report.status for report in found] == [status]


def test_an_address_that_had_to_be_quoted_is_known_again() -> None:
    row = replace(A_ROW, recipient="ada+home@example.com")
    found = read(a_mail("postfix", row).replace(b"rfc822;ada+home@", b"rfc822;ada+2Bhome@"))
    assert isinstance(found, tuple)
    assert about(found, row)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("5.1.1", BounceKind.HARD),
        ("5.1.2", BounceKind.HARD),
        ("5.1.10", BounceKind.HARD),
        ("5.2.1", BounceKind.HARD),
        ("5.4.4", BounceKind.HARD),
        ("5.0.0", BounceKind.HARD),
        ("5.2.2", BounceKind.SOFT),
        ("4.2.2", BounceKind.SOFT),
        ("4.4.7", BounceKind.SOFT),
        ("5.2.3", BounceKind.REFUSED),
        ("5.3.4", BounceKind.REFUSED),
        ("5.6.0", BounceKind.REFUSED),
        ("5.7.1", BounceKind.REFUSED),
        ("5.1.8", BounceKind.REFUSED),
    ],
)
def test_not_everything_that_is_refused_for_good_is_about_the_address(status: str, kind: BounceKind) -> None:
    assert kind_of(status) is kind


def test_a_reply_is_one_short_line_without_control_characters() -> None:
    folded = a_mail("postfix").replace(b"User unknown\r\n", b"\xe2\x80\xaeUser\x07\x00 " + b"x" * 5000 + b"\r\n")
    found = read(folded)
    assert isinstance(found, tuple)
    assert len(found[0].reply) <= 300
    assert found[0].reply.isprintable()


@given(st.binary(max_size=500))
def test_whatever_comes_is_read_without_harm(mail: bytes) -> None:
    assert isinstance(read(mail), Ignored)


@given(st.sampled_from(NAMES), st.integers(0, 2500), st.binary(max_size=20), st.integers(0, 300))
def test_a_damaged_bounce_is_read_without_harm(name: str, at: int, put: bytes, taken: int) -> None:
    mail = a_mail(name)
    found = read(mail[:at] + put + mail[at + taken :])
    reports = () if isinstance(found, Ignored) else found
    assert all(report.reply.isprintable() and len(report.reply) <= 300 for report in reports)


@given(st.uuids())
def test_a_return_path_tells_its_delivery_in_whatever_case_it_comes_back(id: object) -> None:
    row = a_row(id=str(id))
    path = PATHS.address(row)
    assert len(path.partition("@")[0]) <= 64
    assert PATHS.read(path) == PATHS.read(path.upper()) == row.id


def test_a_forged_return_path_is_nobody_s() -> None:
    path, other = PATHS.address(A_ROW), ReturnPaths.of("another secret of the same length", PATHS.domain)
    assert other.read(path) is None
    assert PATHS.read(path.replace(PATHS.domain, "example.org")) is None
    local = path.partition("@")[0]
    for n, letter in enumerate(local):
        forged = local[:n] + ("3" if letter != "3" else "4") + local[n + 1 :]
        assert PATHS.read(f"{forged}@{PATHS.domain}") is None
    assert [PATHS.read(each) for each in ("", "@", "b+@x", f"postmaster@{PATHS.domain}", path + "\n")] == [None] * 5
