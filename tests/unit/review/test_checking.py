"""Each revision is checked once; what people dismiss stays dismissed, and the owner gets one calm mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.review import domain
from services.review.adapters import builtin
from services.review.domain import Coaching, Practice, Review, State
from services.review.domain.checking import MOST_REMARKS, MOST_WORDS, check_revision, draft_of
from services.review.domain.coached import MOST_DISMISSED, Coached
from services.review.domain.coaching import Coach, Moment
from shared.contracts.base import BaseMessage, Owner, Person
from shared.contracts.coaching import Dismissal, DismissRemark, RestoreRemark, RevisionChecked
from shared.contracts.commands import GiveVerdict, Role, Verdict
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind
from shared.contracts.events import AccessChanged, DraftCreated, DraftRevised, Published, ReviewRequested, Snapshot
from shared.contracts.merging import PostmortemMerged
from shared.contracts.skipping import PostmortemSkipped
from shared.contracts.withdrawing import CorrectionWithdrawn
from shared.messaging.envelope import LARGEST
from tests.helpers.builders import NOW, PM, a_draft, a_snapshot, an_actor

COACH = Coach(builtin())
BLAME = "Rita should have checked the lag."
PEOPLE = (Person(name="Rita Responder", email="responder@example.com"),)


def practice(**fields: Any) -> Practice:
    return Practice(coaching=Coaching(coach=COACH, **fields))


PRACTICE = practice()


def revised(revision: int, text: str, **fields: Any) -> DraftRevised:
    report = {"overview": text}
    said = {"status": "draft", "revised_at": NOW, "revised_by": "owner@example.com", "people": PEOPLE}
    event: DraftRevised = a_draft(DraftRevised, revision=revision, report=report, **said, **fields)
    return event


def heard(review: Review | None, draft: Snapshot, how: Practice = PRACTICE, now: datetime = NOW) -> Decision[Any]:
    """What a draft does to a review, with all that follows."""
    return domain.attend(review, domain.follow_draft(review, draft, now), how, now)


def checks(events: tuple[BaseMessage, ...]) -> list[RevisionChecked]:
    return [event for event in events if isinstance(event, RevisionChecked)]


def written(*texts: str, how: Practice = PRACTICE) -> Review:
    review: Review | None = None
    for number, text in enumerate(texts, start=1):
        review = heard(review, revised(number, text), how).state
    assert review
    return review


def dismissed(review: Review, id: str, reason: str = "A quotation.") -> Decision[Any]:
    command = DismissRemark(postmortem_id=PM, actor=an_actor(), remark=id, reason=reason)
    return domain.dismiss_remark(review, command, NOW)


def test_a_revision_is_checked_with_the_names_of_who_took_part() -> None:
    (told,) = checks(heard(None, revised(1, BLAME)).events)
    (remark,) = told.remarks
    assert (told.revision, told.version, told.more, told.at) == (1, 1, 0, NOW)
    assert told.content_hash == revised(1, BLAME).content_hash
    assert (remark.rule, remark.severity.value, remark.section, remark.line) == (
        "person-should-have",
        "error",
        "overview",
        1,
    )
    assert remark.words == "Rita should have checked"
    assert remark.dismissed is None


def test_a_clean_revision_is_told_of_too_so_that_the_remarks_of_before_go() -> None:
    (told,) = checks(heard(written(BLAME), revised(2, "It rained.")).events)
    assert (told.revision, told.version, told.remarks) == (2, 2, ())


def test_what_is_heard_again_is_not_checked_again_and_an_older_revision_not_at_all() -> None:
    review = written("It rained.", BLAME)
    again = (revised(2, BLAME), revised(1, "It rained."), a_draft(AccessChanged, changed_at=NOW, changed_by="a"))
    for draft in again:
        assert not checks(heard(review, draft).events)


@pytest.mark.parametrize(
    "draft",
    [
        a_draft(PostmortemSkipped, toggles=1, reason="A drill.", skipped_by="a@example.com", skipped_at=NOW),
        a_draft(CorrectionWithdrawn, revision=3, correction_of=3, withdrawn_by="a@example.com", withdrawn_at=NOW),
    ],
    ids=["skipped", "put back"],
)
def test_what_is_skipped_or_put_back_is_not_checked(draft: Snapshot) -> None:
    assert not checks(heard(None, draft).events)


def test_what_is_published_or_merged_is_not_checked_and_its_correction_is() -> None:
    published = Review(draft=Snapshot(**a_snapshot()), state=State.PUBLISHED)
    assert not checks(heard(published, revised(2, BLAME)).events)
    merged = PostmortemMerged(
        **a_snapshot(), into="00000000-0000-4000-8000-000000000000", merged_by="a@example.com", merged_at=NOW
    )
    review = domain.hear_merged(Review(draft=Snapshot(**a_snapshot())), merged).state
    assert not checks(heard(review, a_draft(AccessChanged, access=1, changed_at=NOW, changed_by="a")).events)
    assert checks(heard(published, revised(2, BLAME, correction_of=1)).events)


def test_without_a_coach_nothing_is_said() -> None:
    assert not heard(None, revised(1, BLAME), Practice()).events


def test_the_checker_knows_owner_people_and_authors_and_what_the_severity_is_called() -> None:
    entries = [
        {"id": kind, "at": NOW, "text": kind, "kind": kind, "source": "x", "evidence_url": url}
        for kind, url in (("note", None), ("opened", None), ("status_update", "https://example.com/graph"))
    ]
    fields = {"authors": ("ann@example.com", "bot@example.com"), "timeline": entries, "severity_label": "Critical"}
    draft = draft_of(Snapshot(**a_snapshot(**fields)), Coaching(names={"ann@example.com": "Ann Author"}))
    assert draft.people == ("Olga Owner", "Rita Responder", "Ann Author")
    assert draft.timeline == (Moment("note"), Moment("status_update", ("https://example.com/graph",)))
    assert draft.severity_words == ("Critical", "SEV2", "SEV-2", "SEV 2")


def test_of_many_remarks_those_are_told_that_weigh_most_and_the_others_are_counted() -> None:
    sentence = "Rita Responder should have checked shard {n}, {x}."
    sections = {f"part_{part}": "\n\n".join(sentence.format(n=n, x="x" * 900) for n in range(60)) for part in range(9)}
    report = {"first": "\n\n".join(f"In hindsight {n} was low." for n in range(60)), **sections}
    (told,) = checks(heard(None, a_draft(DraftCreated, report=report, people=PEOPLE)).events)
    assert (len(told.remarks), told.more) == (MOST_REMARKS, 50 * 10 - MOST_REMARKS)
    assert {remark.severity.value for remark in told.remarks} == {"error"}
    assert all(len(remark.words) <= MOST_WORDS for remark in told.remarks)
    assert len(told.model_dump_json()) < LARGEST / 4


def test_a_dismissed_remark_says_who_why_and_when_and_stays_so_in_later_revisions() -> None:
    review = written(BLAME)
    (remark,) = review.coached.remarks
    decision = dismissed(review, remark.id)
    (told,) = checks(decision.events)
    assert (told.revision, told.version) == (1, 2)
    assert told.remarks[0].dismissed == Dismissal(by="somebody@example.com", at=NOW, reason="A quotation.")
    (later,) = checks(heard(decision.state, revised(2, f"It rained.\n\n{BLAME}")).events)
    assert later.remarks[0].dismissed
    (other,) = checks(heard(decision.state, revised(2, BLAME.replace("lag", "log"))).events)
    assert other.remarks[0].dismissed is None
    gone = heard(decision.state, revised(2, "It rained.")).state
    (back,) = checks(heard(gone, revised(3, BLAME)).events)
    assert back.remarks[0].dismissed


def test_the_same_reason_again_changes_nothing_and_another_one_takes_its_place() -> None:
    review = dismissed(written(BLAME), written(BLAME).coached.remarks[0].id).state
    again = dismissed(review, review.coached.remarks[0].id)
    assert (again.state, again.events, again.reply and again.reply.refusal) == (review, (), None)
    other = dismissed(review, review.coached.remarks[0].id, "It is the pod's name.")
    assert checks(other.events)[0].remarks[0].dismissed.reason == "It is the pod's name."  # type: ignore[union-attr]


def test_a_restored_remark_counts_again_and_one_that_counts_is_left_alone() -> None:
    review = written(BLAME)
    command = RestoreRemark(postmortem_id=PM, actor=an_actor(), remark=review.coached.remarks[0].id)
    untouched = domain.restore_remark(review, command, NOW)
    assert (untouched.state, untouched.events) == (review, ())
    restored = domain.restore_remark(dismissed(review, command.remark).state, command, NOW)
    assert checks(restored.events)[0].remarks[0].dismissed is None
    gone = heard(dismissed(review, command.remark).state, revised(2, "It rained.")).state
    assert domain.restore_remark(gone, command, NOW).state.coached.dismissals == {}  # type: ignore[union-attr]


def test_a_remark_that_is_not_there_is_unknown_and_nothing_changes() -> None:
    review = written(BLAME)
    restore = RestoreRemark(postmortem_id=PM, actor=an_actor(), remark="0" * 16)
    for decision in (dismissed(review, "0" * 16), domain.restore_remark(review, restore, NOW)):
        assert (decision.state, decision.events) == (review, ())
        assert decision.reply
        assert decision.reply.refusal
        assert (decision.reply.refusal.kind, decision.reply.refusal.rule) == (Kind.NOT_FOUND, "unknown-remark")


def test_of_a_restricted_postmortem_only_who_may_see_it_dismisses_remarks() -> None:
    review = heard(None, revised(1, BLAME, restricted=True, readers=("reader@example.com",))).state
    id = review.coached.remarks[0].id
    for email, may in (("reader@example.com", True), ("responder@example.com", True), ("stranger@example.com", False)):
        command = DismissRemark(postmortem_id=PM, actor=an_actor(email, Role.ADMIN), remark=id, reason="x")
        reply = domain.dismiss_remark(review, command, NOW).reply
        assert reply
        assert (reply.refusal is None) is may
        assert may or reply.refusal == UNKNOWN_POSTMORTEM
    nothing = DismissRemark(postmortem_id=PM, actor=an_actor(), remark=id, reason="x")
    assert domain.dismiss_remark(None, nothing, NOW).reply.refusal == UNKNOWN_POSTMORTEM  # type: ignore[union-attr]


def test_dismissals_of_text_that_is_gone_are_kept_up_to_a_bound_and_those_of_text_that_stands_always() -> None:
    said = Dismissal(by="a@example.com", at=NOW, reason="x")
    (remark,) = written(BLAME).coached.remarks
    coached = Coached(remarks=(remark,)).dismissing(remark.id, said)
    for number in range(MOST_DISMISSED * 2):
        coached = coached.dismissing(f"{number:016x}", said)
    assert len(coached.dismissals) == MOST_DISMISSED
    assert {remark.id, f"{MOST_DISMISSED * 2 - 1:016x}"} <= set(coached.dismissals)
    assert f"{0:016x}" not in coached.dismissals


def in_review(how: Practice) -> Review:
    request = a_draft(
        ReviewRequested, report={"overview": BLAME}, people=PEOPLE, requested_at=NOW, requested_by="owner@example.com"
    )
    pool = domain.Pool(members=(domain.Member(name="Ada", email="ada@example.com"),))
    opened = domain.attend(None, domain.open_review(None, request, pool, how, NOW), how, NOW).state
    assert opened
    return opened


@pytest.mark.parametrize(
    ("block", "verdict", "rule"),
    [(True, Verdict.APPROVE, "open-errors"), (True, Verdict.REQUEST_CHANGES, None), (False, Verdict.APPROVE, None)],
)
def test_errors_hold_an_approval_back_only_where_the_policy_says_so(
    block: bool, verdict: Verdict, rule: str | None
) -> None:
    how = practice(block=block)
    review = in_review(how)
    command = GiveVerdict(postmortem_id=PM, actor=an_actor("ada@example.com"), revision=1, verdict=verdict)
    reply = domain.give_verdict(review, command, NOW, how).reply
    assert reply
    assert (reply.refusal.rule if reply.refusal else None) == rule
    assert rule is None or (reply.refusal and "overview, line 1" in reply.refusal.detail)
    calm = dismissed(review, review.coached.remarks[0].id).state
    reply = domain.give_verdict(calm, command, NOW, how).reply
    assert reply
    assert reply.refusal is None


def test_a_review_that_was_stored_before_there_were_remarks_is_checked_with_its_next_change() -> None:
    stored = Review(draft=Snapshot(**a_snapshot(report={"overview": BLAME}, people=PEOPLE))).model_dump(mode="json")
    del stored["coached"]
    old = Review.model_validate(stored)
    (told,) = checks(check_revision(old, old, PRACTICE, NOW).events)
    assert told.remarks


def test_what_was_published_stays_as_it_was_checked() -> None:
    review = written(BLAME)
    published = Published(**{**a_snapshot(), "lists": (), "recipients": 1, "published_at": NOW + timedelta(hours=1)})
    decision = domain.attend(review, domain.close(review, published), PRACTICE, NOW)
    assert not decision.events
    assert decision.due is None


def test_the_owner_is_no_stranger_to_the_checker() -> None:
    owner = Owner(name="Olga Owner", email="owner@example.com")
    (told,) = checks(heard(None, revised(1, "Olga forgot to renew it.", owner=owner)).events)
    assert told.remarks[0].severity.value == "error"
