"""The mails of a review, read back as any mail program would: words of their own, in one thread a person."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.review_notices import ReviewNoticeKind
from tests.helpers.builders import PM
from tests.unit.distribution.fakes import BEN, a_notice, a_notice_press, review_notice
from tests.unit.distribution.test_letter import assert_fit_for_the_wire, parsed, part
from tests.unit.distribution.test_notice_letter import HEADERS, REVIEW_KINDS, THREADED, TITLE, URL, a_mail

TO_ADMINS = ("reviewers_wanted", "review_escalated")
LISTING = ("review_again", "changes_requested", "coaching")


def both(mail: bytes) -> list[str]:
    return [part(mail, kind) for kind in ("plain", "html")]


@pytest.mark.parametrize("kind", REVIEW_KINDS)
def test_each_kind_says_what_why_until_when_and_what_next_in_both_parts(kind: str) -> None:
    mail = a_mail(review_notice(kind, why=("You know checkout.", "Nobody else is free.")))
    assert_fit_for_the_wire(mail)
    assert str(parsed(mail)["Subject"]).endswith(": Checkout answers slowly (SEV2)")
    for text in both(mail):
        assert "“Checkout answers slowly” (SEV2)" in text
        assert "You know checkout. Nobody else is free." in text
        assert "Why you: " in text
        assert "03:00 (America/New_York)" in text
        assert URL in text
        assert f"/v1/postmortems/{PM}" in text or kind == "reviewers_wanted"
        assert "None" not in text
        assert len(text) < 4000


@pytest.mark.parametrize("kind", REVIEW_KINDS)
def test_what_is_not_known_is_not_printed(kind: str) -> None:
    mail = a_mail(review_notice(kind, due=None))
    assert_fit_for_the_wire(mail)
    for text in both(mail):
        assert " by: " not in text
        assert "Remarks" not in text
        assert "None" not in text
    assert "\n\n\n" not in part(mail)


@pytest.mark.parametrize("kind", LISTING)
def test_the_sections_and_the_number_of_remarks_are_listed_where_they_are_given(kind: str) -> None:
    fact = review_notice(kind, sections=("Summary", "What <went> well"), counts={"error": 1, "advice": 4})
    for text in both(a_mail(fact)):
        assert "Summary" in text
        assert "<went>" in text or "&lt;went&gt;" in text
        assert "Remarks: error: 1, advice: 4" in text
    assert "\n\n\n" not in part(a_mail(fact))


def test_what_changed_since_an_approval_is_named_and_where_to_read_it() -> None:
    text = part(a_mail(review_notice("review_again", revision=6, since_revision=4)))
    assert "since you approved revision 4" in text
    assert f"/v1/postmortems/{PM}/diff?from=4&to=6" in text
    assert "since you approved" not in part(a_mail(review_notice("review_again")))


def test_mails_of_one_review_to_one_person_stand_in_one_thread() -> None:
    first = a_mail(review_notice(), id="fact-1")
    assert parsed(first).keys() == HEADERS
    later = a_mail(review_notice("review_due"), id="fact-2", follows="fact-1")
    assert parsed(later)["In-Reply-To"] == parsed(first)["Message-ID"]
    unheard = {str(parsed(a_mail(review_notice(kind), id=kind))["References"]) for kind in REVIEW_KINDS[1:]}
    assert len(unheard) == 1
    assert str(parsed(a_mail(review_notice("review_due", BEN)))["References"]) not in unheard


@pytest.mark.parametrize("kind", REVIEW_KINDS)
@pytest.mark.parametrize("by_fact", [True, False])
def test_of_what_is_restricted_the_subject_tells_nothing_and_admins_are_not_even_told_its_title(
    kind: str, by_fact: bool
) -> None:
    fact = review_notice(kind, why=("You know checkout.",), sections=("Causes",), restricted=by_fact)
    mail = a_mail(fact, restricted=not by_fact)
    assert str(parsed(mail)["Subject"]).endswith(f": restricted report {PM[:8]}")
    for text in both(mail):
        assert "Restricted: " in text
        assert ("Checkout answers slowly" in text) is (kind not in TO_ADMINS)
        assert ("You know checkout." in text) is (kind not in TO_ADMINS)


@settings(max_examples=60, deadline=None)
@given(TITLE, TITLE, st.sampled_from(list(ReviewNoticeKind)))
def test_no_title_and_no_reason_adds_a_header_or_breaks_the_mail(
    title: str, words: str, kind: ReviewNoticeKind
) -> None:
    fact: Any = review_notice(kind.value, title=title, why=(words,), sections=(words,))
    mail = a_mail(fact)
    assert parsed(mail).keys() == (HEADERS if kind is ReviewNoticeKind.REVIEW_ASKED else THREADED)
    assert_fit_for_the_wire(mail)
    assert str(parsed(mail)["Subject"]).endswith("(SEV2)")
    assert a_notice(fact).model_validate_json(a_notice(fact).model_dump_json()).fact == fact
    assert a_notice_press().message_id(a_notice(fact)) == parsed(mail)["Message-ID"]
