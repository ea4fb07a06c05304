"""Why a verdict or a withdrawal is refused, and what an approval takes: the number, the checklist, no open threads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.review import domain
from services.review.domain import Member, Practice, Review, State
from services.review.domain.cases import MOST_COMMENTS
from services.review.domain.verdicts import RULES
from services.review.settings import Policy
from shared.contracts.base import Severity
from shared.contracts.checklists import Question
from shared.contracts.commands import GiveVerdict, Role, Verdict
from shared.contracts.decision import Decision, Kind, Refusal
from shared.contracts.events import ApprovalGiven, ReviewApproved, ReviewCommented, ReviewersAssigned
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind
from shared.contracts.values import Comment
from shared.contracts.verdicts import ApprovalWithdrawn
from tests.helpers.builders import NOW, PM, REPORT, an_actor
from tests.unit.review.test_domain import COMMUNITY, IN, opened, requested, revised, rule
from tests.unit.review.test_states import withdraw

ANSWERS = {question: {"answer": "yes"} for question in Question}


def give(review: Review | None, email: str, practice: Practice | None = None, **fields: Any) -> Decision[Review | None]:
    given: dict[str, Any] = {"revision": 1, "verdict": Verdict.APPROVE} | fields
    command = GiveVerdict(postmortem_id=PM, actor=an_actor(email, Role.REVIEWER), **given)
    return domain.give_verdict(review, command, NOW, practice or Practice())


def refusal(decision: Decision[Review | None]) -> Refusal:
    assert decision.reply
    assert decision.reply.refusal
    return decision.reply.refusal


def asked_of(review: Review | None) -> list[str]:
    assert review
    return [reviewer.email for reviewer in review.reviewers]


def remark(**fields: Any) -> Comment:
    return Comment.model_validate({"text": "How many?"} | fields)


def full() -> Review:
    """A review with as many comments as there may be."""
    review: Review | None = opened()
    for _ in range(MOST_COMMENTS // 200):
        review = give(review, asked_of(review)[0], verdict=Verdict.COMMENT, comments=(remark(),) * 200).state
    assert review
    return review


BAD: dict[str, tuple[Review | None, dict[str, Any], Kind, str, str | None]] = {
    "an unknown postmortem": (None, {}, Kind.NOT_FOUND, "unknown-postmortem", None),
    "an older revision": (
        domain.follow_draft(opened(), revised(2), NOW).state,
        {"revision": 1},
        Kind.CONFLICT,
        "stale-revision",
        "revision",
    ),
    "a newer revision": (opened(), {"revision": 2}, Kind.CONFLICT, "stale-revision", "revision"),
    "another text": (opened(), {"content_hash": "0" * 12}, Kind.CONFLICT, "stale-revision", "revision"),
    "what is published": (IN[State.PUBLISHED], {}, Kind.CONFLICT, "published", None),
    "a comment on no section": (
        opened(),
        {"comments": (remark(section="overview"), remark(section="impakt"))},
        Kind.INVALID,
        "unknown-section",
        "comments.1.section",
    ),
    "a quote of no section": (
        opened(),
        {"comments": (remark(quote="Checkout"),)},
        Kind.INVALID,
        "unknown-section",
        "comments.0.section",
    ),
    "a quote that is not there": (
        opened(),
        {"comments": (remark(section="overview", quote="Connections ran out"),)},
        Kind.INVALID,
        "quote-not-found",
        "comments.0.quote",
    ),
    "a comment too many": (full(), {"comments": (remark(),)}, Kind.CONFLICT, "too-many-comments", "comments"),
    "comments of many bytes": (
        opened(),
        {"comments": (remark(text="ä" * 99_000),) * 11},
        Kind.CONFLICT,
        "too-many-comments",
        "comments",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_verdict_that_breaks_a_rule_is_refused_by_its_name_and_leaves_the_state_alone(what: str) -> None:
    review, fields, kind, name, field = BAD[what]
    someone = asked_of(review)[0] if review else "r0@example.com"
    decision = give(review, someone, **{"verdict": Verdict.REQUEST_CHANGES, **fields})
    found = refusal(decision)
    assert (found.kind, found.rule, found.field) == (kind, name, field)
    assert decision.state is review
    assert decision.events == ()


def test_what_is_stale_is_told_with_what_is_current() -> None:
    review = domain.follow_draft(opened(), revised(2), NOW).state
    data = refusal(give(review, asked_of(review)[0])).data
    assert data == {"revision": 2, "content_hash": review.draft.content_hash}


def test_the_hash_of_the_text_may_be_sent_as_it_begins() -> None:
    review = opened()
    assert rule(give(review, asked_of(review)[0], content_hash=review.draft.content_hash[:8])) is None


def test_every_rule_of_the_table_has_a_name_of_its_own_and_words() -> None:
    names = [each.name for each in RULES]
    assert len(names) == len(set(names))
    assert all(each.detail.endswith(".") for each in RULES)


def test_five_thousand_comments_are_too_many_and_a_thousand_fit_into_a_document() -> None:
    review = full()
    assert len(review.threads) == MOST_COMMENTS
    assert len({thread.id for thread in review.threads}) == MOST_COMMENTS
    assert len(review.model_dump_json()) < 2_000_000
    assert rule(give(review, asked_of(review)[0])) is None  # an approval without a comment still counts


def test_an_approval_takes_its_remarks_along() -> None:
    review = opened()
    decision = give(review, asked_of(review)[0], comments=(remark(section="overview"),))
    assert [event.name for event in decision.events] == [ReviewCommented.name, ApprovalGiven.name]


# How many approve


@pytest.mark.parametrize(
    ("policy", "severity", "asked", "needed"),
    [
        ({}, Severity.SEV2, 3, 3),
        ({"approvals": 2}, Severity.SEV2, 3, 2),
        ({"approvals": 5}, Severity.SEV2, 3, 3),
        ({"approvals": 2, "approvals_by_severity": {"sev1": 3}}, Severity.SEV1, 4, 3),
        ({"approvals": 2}, Severity.SEV2, 0, 1),
        ({}, Severity.SEV2, 0, 1),
    ],
)
def test_as_many_approve_as_the_policy_says_never_more_than_asked_and_at_least_one(
    policy: dict[str, Any], severity: Severity, asked: int, needed: int
) -> None:
    practice = Policy.model_validate({"review": policy}).practice()
    assert practice.needed(severity, asked) == needed


def test_more_may_be_asked_than_have_to_approve() -> None:
    practice = Practice(wanted=3, approvals=1)
    review = domain.open_review(None, requested(), domain.Pool(members=COMMUNITY), practice, NOW).state
    assert len(review.reviewers) == 3
    decision = give(review, asked_of(review)[2], practice)
    assert [type(event) for event in decision.events] == [ReviewApproved]


def test_two_accounts_of_one_person_are_one_reviewer() -> None:
    community = (Member(name="R", email="r+1@example.com"), Member(name="S", email="s@example.com"))
    review = opened(community)
    first = give(review, "r@example.com")
    assert rule(first) is None
    assert rule(give(first.state, "r+1@example.com")) == "already-approved"


# The checklist


def test_a_checklist_is_kept_with_the_approval_and_is_no_condition_unless_the_policy_says_so() -> None:
    review = opened()
    answers = {"depth": {"answer": "no", "note": "The pool is not explained."}}
    (event,) = give(review, asked_of(review)[0], checklist=answers).events
    assert isinstance(event, ApprovalGiven)
    assert event.approvals[0].model_dump(mode="json")["checklist"] == answers
    assert rule(give(review, asked_of(review)[0])) is None


def test_where_the_checklist_is_required_an_approval_answers_every_question() -> None:
    practice = Policy.model_validate({"review": {"checklist": "required"}}).practice()
    review = opened()
    some = {name: answer for name, answer in ANSWERS.items() if name is not Question.ACTIONS}
    found = refusal(give(review, asked_of(review)[0], practice, checklist=some))
    assert (found.kind, found.rule, found.field) == (Kind.INVALID, "checklist-incomplete", "checklist")
    assert "actions" in found.detail
    assert rule(give(review, asked_of(review)[0], practice, checklist=ANSWERS)) is None
    assert rule(give(review, asked_of(review)[0], practice, verdict=Verdict.REQUEST_CHANGES)) is None


# Threads before an approval


def test_where_the_policy_says_so_open_threads_hold_an_approval_back() -> None:
    practice = Policy.model_validate({"review": {"resolve_before_approval": True}}).practice()
    review = give(opened(), asked_of(opened())[0], verdict=Verdict.COMMENT, comments=(remark(), remark())).state
    assert rule(give(review, asked_of(review)[1], replace(practice, resolve_before_approval=False))) is None
    found = refusal(give(review, asked_of(review)[1], practice))
    assert (found.kind, found.rule) == (Kind.CONFLICT, "open-threads")
    assert found.detail.startswith("2 threads")


# Withdrawn approvals


def test_a_withdrawn_approval_is_counted_no_more_and_begins_a_round() -> None:
    before = IN[State.APPROVED]
    someone, other = asked_of(before)
    decision = withdraw(before, someone)
    (event,) = decision.events
    assert isinstance(event, ApprovalWithdrawn)
    assert (event.revision, event.approval_round, event.reviewer.email) == (1, 1, someone)
    assert [approval.email for approval in event.approvals] == [other]
    again = give(decision.state, someone)
    (approved,) = again.events
    assert isinstance(approved, ReviewApproved)
    assert (approved.approval_round, len(approved.approvals)) == (1, 2)


def test_what_was_withdrawn_is_not_withdrawn_again_and_strangers_have_nothing_to_withdraw() -> None:
    before = IN[State.APPROVED]
    someone = asked_of(before)[0]
    once = withdraw(before, someone)
    twice = withdraw(once.state, someone)
    assert (rule(twice), twice.state) == ("no-approval", once.state)
    assert rule(withdraw(before, "stranger@example.com")) == "assigned-reviewers-only"
    assert rule(withdraw(before, someone, revision=7)) == "stale-revision"
    assert rule(withdraw(before, f"{someone.split('@')[0]}+x@example.com", revision=1)) is None
    assert rule(withdraw(None, someone)) == "unknown-postmortem"


# After an edit


def test_whoever_has_approved_is_asked_again_once_with_what_has_changed_since() -> None:
    approved = IN[State.APPROVED]
    assert approved
    report = {**REPORT, "what_happened": "Connections ran out at noon.\n"}
    edit = domain.follow_draft(approved, revised(2, report=report, title="Checkout is slow"), NOW)
    decision = domain.attend(approved, edit, Practice(), NOW)
    (assigned, *notices) = decision.events
    assert isinstance(assigned, ReviewersAssigned)
    assert [reviewer.approved_revision for reviewer in assigned.reviewers] == [1, 1]
    assert {notice.recipient.email for notice in notices if isinstance(notice, ReviewNotice)} == {*asked_of(approved)}
    for notice in notices:
        assert isinstance(notice, ReviewNotice)
        assert (notice.kind, notice.since_revision, notice.revision) == (ReviewNoticeKind.REVIEW_AGAIN, 1, 2)
        assert notice.sections == ("Title", "What happened")
    edited = decision.state
    assert edited
    next_edit = domain.attend(edited, domain.follow_draft(edited, revised(3), NOW), Practice(), NOW)
    assert [type(event) for event in next_edit.events] == [ReviewersAssigned]


def test_an_edit_of_who_may_see_it_asks_nobody_again() -> None:
    approved = IN[State.APPROVED]
    assert approved
    same = domain.follow_draft(approved, revised(1, access=1, tags=("dns",)), NOW)
    decision = domain.attend(approved, same, Practice(), NOW)
    assert decision.events == ()
    assert decision.state
    assert decision.state.state is State.APPROVED


def test_an_edit_to_another_severity_takes_as_many_approvals_as_that_does() -> None:
    practice = Practice(wanted=2, approvals=1, approvals_by_severity={Severity.SEV1: 2})
    review = domain.open_review(None, requested(), domain.Pool(members=COMMUNITY), practice, NOW).state
    assert review.needed == 1
    edit = domain.follow_draft(review, revised(2, severity="sev1"), NOW)
    decision = domain.attend(review, edit, practice, NOW)
    assert decision.state
    assert decision.state.needed == 2
    assert [event.needed for event in decision.events if isinstance(event, ReviewersAssigned)] == [2]


def test_who_reviews_is_told_with_how_many_have_to_approve() -> None:
    practice = Practice(wanted=2, approvals=1)
    (assigned,) = domain.open_review(None, requested(), domain.Pool(members=COMMUNITY), practice, NOW).events
    assert isinstance(assigned, ReviewersAssigned)
    assert assigned.needed == 1
