"""Review's handlers over documents in memory: the whole way from draft to approval, and repeats."""

from __future__ import annotations

from typing import Any

import pytest

from services.review.domain import Member, State, Workload
from services.review.handlers import HANDLERS
from services.review.ports import Deps
from shared.contracts.commands import GiveVerdict, Role, Verdict
from shared.contracts.events import DraftCreated, ReviewRequested
from shared.messaging.documents import AlreadyHandled
from shared.testing import FakeBus, FixedClock, InMemoryDocuments, in_memory, received
from tests.helpers.builders import NOW, PM, a_draft, an_actor

COMMUNITY = tuple(Member(name=f"R{n}", email=f"r{n}@example.com") for n in range(3))


class NobodyBusy:
    """A community with all the time in the world."""

    async def workload(self) -> Workload:
        return {}


def a_room() -> tuple[Deps, InMemoryDocuments[Any], FakeBus]:
    clock = FixedClock(NOW)
    repository, documents, bus = in_memory("review", clock)
    return Deps(reviews=repository, workloads=NobodyBusy(), community=COMMUNITY, wanted=2, clock=clock), documents, bus


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
    assert bus.names() == ["ReviewersAssigned.v1", "ApprovalGiven.v1", "ReviewApproved.v1"]


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
