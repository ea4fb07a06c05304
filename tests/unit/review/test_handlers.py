"""Review's handlers over documents in memory: the whole way from draft to approval, and repeats."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.review.domain import Load, Member, Membership, Practice, State
from services.review.handlers import HANDLERS, follow_policy
from services.review.ports import Deps, Reviews
from shared.contracts.base import Owner, postmortem_id
from shared.contracts.commands import GiveVerdict, Role, Verdict
from shared.contracts.community import FollowRoster, PutReviewer, reviewer_id
from shared.contracts.events import DraftCreated, DraftRevised, ReviewRequested
from shared.contracts.threads import ReplyToThread, ThreadChanged
from shared.contracts.values import Comment
from shared.contracts.verdicts import WithdrawApproval
from shared.messaging.documents import AlreadyHandled, Repository
from shared.messaging.outbox import Relay
from shared.testing import FakeBus, FixedClock, received
from tests.helpers.builders import NOW, PM, REPORT, a_draft, an_actor
from tests.unit.review.fakes import InMemoryCommunity, InMemoryReviews

COMMUNITY = tuple(Member(name=f"R{n}", email=f"r{n}@example.com") for n in range(3))


def a_room() -> tuple[Deps, InMemoryReviews, FakeBus]:
    clock = FixedClock(NOW)
    documents = InMemoryReviews(clock)
    bus, practice = FakeBus(), Practice()
    community = InMemoryCommunity(clock)
    for member in COMMUNITY:
        community.states[reviewer_id(member.email)] = Membership(version=1, origin="policy", reviewer=member)
    deps = Deps(
        reviews=Reviews(documents, Relay(documents, bus.publish), practice, clock),
        workloads=documents,
        memberships=Repository("review", community, Relay(community, bus.publish), clock),
        community=community,
        policy=COMMUNITY,
        practice=practice,
        clock=clock,
    )
    return deps, documents, bus


EDITED: dict[str, Any] = {"status": "in_review", "revised_at": NOW, "revised_by": "owner@example.com"}


def told(bus: FakeBus, kind: type[Any]) -> list[Any]:
    """Return what was said of one kind, read as a hearer does."""
    return [kind.model_validate_json(each.body) for each in bus.said if each.name == kind.name]


async def hear(deps: Deps, message: Any) -> Any:
    event = received(message)
    return await HANDLERS[event.name](event, deps)


async def test_a_submitted_draft_is_approved_by_its_two_reviewers() -> None:
    deps, documents, bus = a_room()
    await hear(deps, a_draft(DraftCreated))
    await hear(deps, a_draft(ReviewRequested, requested_at=NOW, requested_by="owner@example.com"))
    for reviewer in documents.states[PM].reviewers:
        reply = await hear(
            deps,
            GiveVerdict(
                postmortem_id=PM, actor=an_actor(reviewer.email, Role.REVIEWER), revision=1, verdict=Verdict.APPROVE
            ),
        )
        assert reply.refusal is None
    assert documents.states[PM].state is State.APPROVED
    asked = ["ReviewersAssigned.v1", *["ReviewNotice.v1"] * 2]
    assert bus.names() == [*asked, "ApprovalGiven.v1", "ReviewApproved.v1"]


async def test_a_repeated_command_gets_the_first_reply_and_has_no_second_effect() -> None:
    deps, documents, bus = a_room()
    await hear(deps, a_draft(ReviewRequested, requested_at=NOW, requested_by="owner@example.com"))
    command = GiveVerdict(
        postmortem_id=PM,
        actor=an_actor(documents.states[PM].reviewers[0].email, Role.REVIEWER),
        revision=1,
        verdict=Verdict.APPROVE,
    )
    first = await hear(deps, command)
    with pytest.raises(AlreadyHandled) as repeat:
        await hear(deps, command)
    assert repeat.value.reply == first
    assert bus.names().count("ApprovalGiven.v1") == 1


async def test_a_refused_verdict_leaves_nothing_behind() -> None:
    deps, documents, bus = a_room()
    await hear(deps, a_draft(ReviewRequested, requested_at=NOW, requested_by="owner@example.com"))
    before = (documents.versions[PM], documents.states[PM], len(bus.said))
    reply = await hear(
        deps, GiveVerdict(postmortem_id=PM, actor=an_actor("owner@example.com"), revision=1, verdict=Verdict.APPROVE)
    )
    assert reply.refusal.rule == "own-postmortem"
    assert (documents.versions[PM], documents.states[PM], len(bus.said)) == before


async def test_an_owner_is_refused_by_the_room_itself_whatever_account_the_command_comes_from() -> None:
    deps, documents, bus = a_room()
    await hear(deps, a_draft(ReviewRequested, requested_at=NOW, requested_by="owner@example.com"))
    for email in ("OWNER@example.com", "owner+second@example.com", "responder+x@example.com"):
        actor = an_actor(email, Role.ADMIN)
        reply = await hear(deps, GiveVerdict(postmortem_id=PM, actor=actor, revision=1, verdict=Verdict.APPROVE))
        assert reply.refusal.rule == "own-postmortem"
    assert documents.states[PM].approvals == ()
    assert set(bus.names()) == {"ReviewersAssigned.v1", "ReviewNotice.v1"}


async def test_remarks_are_answered_follow_the_text_and_an_approval_is_taken_back() -> None:
    deps, documents, bus = a_room()
    await hear(deps, a_draft(ReviewRequested, requested_at=NOW, requested_by="owner@example.com"))
    reviewer = an_actor(documents.states[PM].reviewers[0].email, Role.REVIEWER)
    remark = Comment(section="overview", quote="slowly", text="How slowly?")
    verdict = {"postmortem_id": PM, "actor": reviewer, "revision": 1}
    await hear(deps, GiveVerdict(**verdict, verdict=Verdict.APPROVE, comments=(remark,)))
    (thread,) = documents.states[PM].threads
    await hear(deps, ReplyToThread(postmortem_id=PM, actor=an_actor(), thread=thread.id, text="By 2 s."))
    withdrawal = WithdrawApproval(postmortem_id=PM, actor=reviewer, reason="I have read the log by now")
    assert (await hear(deps, withdrawal)).data == {"state": "in_review"}
    with pytest.raises(AlreadyHandled):
        await hear(deps, withdrawal)
    report = {**REPORT, "overview": "Checkout was down.\n"}
    await hear(deps, a_draft(DraftRevised, **EDITED, revision=2, report=report))
    assert [each.thread.outdated for each in told(bus, ThreadChanged)] == [False, True]
    assert documents.states[PM].threads[0].outdated
    assert [name for name in bus.names() if name != "ReviewNotice.v1"][1:] == [
        *("ReviewCommented.v1", "ApprovalGiven.v1", "ThreadChanged.v1", "ApprovalWithdrawn.v1"),
        *("ReviewersAssigned.v1", "ThreadChanged.v1"),
    ]


async def assigned_after(*changes: Member) -> list[str]:
    """Let people change their entries, then ask for a review; return whom it is assigned to."""
    deps, documents, _ = a_room()
    for member in changes:
        reply = await hear(deps, PutReviewer(actor=an_actor(member.email), reviewer=member))
        assert reply.refusal is None
    await hear(deps, a_draft(ReviewRequested, requested_at=NOW, requested_by="owner@example.com"))
    return sorted(reviewer.email for reviewer in documents.states[PM].reviewers)


async def test_who_is_new_is_assigned_and_who_left_or_is_away_is_not() -> None:
    new = Member(name="New", email="new@example.com")
    left = COMMUNITY[0].model_copy(update={"active": False})
    away = COMMUNITY[1].model_copy(update={"away_until": NOW + timedelta(days=1)})
    assert await assigned_after(new, left, away) == ["new@example.com", COMMUNITY[2].email]
    back = away.model_copy(update={"away_until": NOW})
    assert await assigned_after(left, away, back) == [COMMUNITY[1].email, COMMUNITY[2].email]


async def test_who_is_taken_in_by_a_group_is_asked_and_who_lost_it_is_not() -> None:
    deps, documents, bus = a_room()
    deps = replace(deps, policy=(), by_groups=True)
    await follow_policy(deps)
    pat = Owner(name="Pat Doe", email="pat@example.com")
    taken = FollowRoster(who=pat, belongs=True, issued_at=NOW)
    await hear(deps, taken)
    with pytest.raises(AlreadyHandled):
        await hear(deps, taken)
    await follow_policy(deps)
    await hear(deps, a_draft(ReviewRequested, requested_at=NOW, requested_by="owner@example.com"))
    assert [reviewer.email for reviewer in documents.states[PM].reviewers] == [pat.email]
    await hear(deps, FollowRoster(who=pat, belongs=False, issued_at=NOW + timedelta(minutes=5)))
    assert bus.names().count("ReviewerChanged.v1") == len(COMMUNITY) + 2
    other = postmortem_id("x", "2")
    await hear(deps, a_draft(ReviewRequested, postmortem_id=other, requested_at=NOW, requested_by="owner@example.com"))
    assert documents.states[other].reviewers == ()
    assert (await documents.workload(NOW.date(), NOW))[pat.email] == Load(open=1, recent=1)


async def test_a_token_without_a_group_leaves_no_trace_of_its_person() -> None:
    deps, _, bus = a_room()
    nobody = FollowRoster(who=Owner(name="X", email="x@example.com"), belongs=False, issued_at=NOW)
    await hear(deps, nobody)
    assert bus.names() == []
    assert len(await deps.community.members()) == len(COMMUNITY)


async def test_following_the_policy_twice_says_it_once_and_keeps_what_people_said() -> None:
    deps, _, bus = a_room()
    named = Member(name="Named", email="named@example.com")
    deps = replace(deps, policy=(*COMMUNITY, named))
    for _again in range(2):
        await follow_policy(deps)
    assert bus.names() == ["ReviewerChanged.v1"]
    await hear(deps, PutReviewer(actor=an_actor(named.email), reviewer=named.model_copy(update={"active": False})))
    await follow_policy(deps)
    assert bus.names() == ["ReviewerChanged.v1"] * 2
    await follow_policy(replace(deps, policy=()))
    assert bus.names() == ["ReviewerChanged.v1"] * 5  # those three whom the policy no longer names
