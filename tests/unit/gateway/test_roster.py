"""Groups of the OpenID provider that review: what a token tells, and that it is told once, beside the requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from services.gateway.adapters import roster as adapter
from services.gateway.adapters.roster import AGAIN_AFTER, RosterMessages
from services.gateway.domain.directory import KnownReviewer, hear_reviewer
from services.gateway.domain.identity import Enrolment, enrolment
from services.review import domain as review
from services.review.domain import Membership
from shared.contracts.base import Owner
from shared.contracts.community import FollowRoster, Member, PutReviewer, ReviewerChanged, reviewer_id
from shared.testing import FixedClock
from tests.helpers.builders import NOW, an_actor
from tests.helpers.directory import FakeReviewers
from tests.helpers.front_door import Door
from tests.helpers.provider import ROLES, FakeIssuer, claims, oidc, rsa, signed

GROUP = "postmortem-reviewers"
WITH_ROSTER = replace(ROLES, roster=frozenset({GROUP, "writers"}))
PAT = "pat.doe@example.com"
ID = reviewer_id(PAT)


@pytest.mark.parametrize(
    ("changes", "belongs"),
    [
        ({"groups": ["sre", GROUP]}, True),
        ({"groups": ["sre", "writers"]}, True),
        ({"groups": "sre"}, False),
        ({"groups": ["sre"]}, False),
        ({"groups": [GROUP]}, False),
        ({"groups": ["pagers", GROUP]}, False),
        ({"groups": []}, False),
        ({"groups": ["sre", GROUP], "email": None}, None),
        ({"groups": ["sre", GROUP], "email": "pat"}, None),
        ({"groups": ["sre", GROUP], "email_verified": False}, None),
    ],
    ids=[
        *("in it", "in another one", "in none", "only in others", "in it without a role", "a tool", "in no group"),
        *("no address", "a wrong address", "an address that is not verified"),
    ],
)
def test_a_token_tells_whether_its_person_belongs(changes: dict[str, Any], belongs: bool | None) -> None:
    told = enrolment(claims(**changes), WITH_ROSTER)
    assert (told.belongs if told else None) is belongs
    assert enrolment(claims(**changes), ROLES) is None


def test_it_tells_who_they_are_and_when_the_provider_said_so() -> None:
    told = enrolment(claims(groups=["sre", GROUP], iat=int(NOW.timestamp()) - 60), WITH_ROSTER)
    assert told == Enrolment(who=Owner(name="Pat Doe", email=PAT), belongs=True, issued_at=NOW - timedelta(seconds=60))


class House:
    """A door whose tokens tell of the community, and review behind it as it decides."""

    def __init__(self) -> None:
        self.door = Door()
        self.roster = RosterMessages(self.door.messages, self.door.reviewers, self.door.clock)
        provider = replace(oidc(FakeIssuer()), roles=WITH_ROSTER, roster=self.roster)
        self.door.deps = replace(self.door.deps, identities=replace(self.door.deps.identities, oidc=provider))
        self.door.app.state.deps = self.door.deps
        self.members: dict[str, Membership] = {}
        self.heard: set[str] = set()

    async def comes(self, *groups: str, ago: int = 0, status: int = 200, **changes: Any) -> None:
        """Send a request with a token of that long ago, with these groups."""
        issued = int(self.door.clock.now().timestamp()) - ago
        token = signed(claims(groups=list(groups), iat=issued, exp=issued + 600, **changes), rsa("k1"))
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.door.send("GET", "/v1/postmortems", role=None, headers=headers)
        assert answer.status_code == status

    async def told(self) -> list[FollowRoster]:
        """Let the background have its turn and review hear it; return what was told."""
        await self.roster.tell()
        said, self.door.messages.said = self.door.messages.said, []
        for id, command in said:
            assert isinstance(command, FollowRoster)
            if id not in self.heard:
                self.heard.add(id)
                self.keep(review.follow_roster(self.members.get(command.subject), command))
        return [command for _, command in said if isinstance(command, FollowRoster)]

    def keep(self, decision: Any) -> None:
        """Let the gateway hear what became of a member."""
        for event in decision.events:
            assert isinstance(event, ReviewerChanged)
            self.members[event.subject] = decision.state
            states = self.door.reviewers.states
            states[event.subject] = hear_reviewer(states.get(event.subject), event)

    def later(self, by: timedelta = AGAIN_AFTER) -> None:
        """Let time pass."""
        self.door.clock.advance(by)

    @property
    def pat(self) -> KnownReviewer:
        """The member, as the gateway knows them."""
        return self.door.reviewers.states[ID]


async def test_whoever_comes_with_the_group_is_in_and_told_of_once() -> None:
    house = House()
    for _ in range(5):
        await house.comes("sre", GROUP)
    assert [command.belongs for command in await house.told()] == [True]
    assert (house.pat.reviewer.name, house.pat.by_group, house.pat.origin) == ("Pat Doe", True, "policy")
    for _ in range(3):
        await house.comes("sre", GROUP)
        house.later()
    assert await house.told() == []


async def test_whoever_comes_without_it_is_nobody_s_news() -> None:
    house = House()
    await house.comes("sre")
    assert await house.told() == []


async def test_who_lost_the_group_leaves_and_is_back_with_it() -> None:
    house = House()
    await house.comes("sre", GROUP)
    await house.told()
    for groups, active in ((("sre",), False), (("sre", GROUP), True), (("sre",), False)):
        house.later(timedelta(minutes=1))
        await house.comes(*groups)
        assert len(await house.told()) == 1
        assert house.pat.reviewer.active is active


async def test_who_may_not_call_any_more_has_left_too() -> None:
    house = House()
    await house.comes("sre", GROUP)
    await house.told()
    house.later(timedelta(minutes=1))
    await house.comes("everybody", status=403)
    await house.told()
    assert not house.pat.reviewer.active


async def test_an_older_token_that_is_still_good_changes_nothing() -> None:
    house = House()
    await house.comes("sre", GROUP)
    await house.told()
    house.later(timedelta(minutes=2))
    await house.comes("sre")
    await house.told()
    await house.comes("sre", GROUP, ago=60)
    assert await house.told() == []
    other = RosterMessages(house.door.messages, house.door.reviewers, house.door.clock)  # it saw none of these
    other.saw(Enrolment(who=Owner(name="Pat Doe", email=PAT), belongs=True, issued_at=NOW + timedelta(minutes=1)))
    await other.tell()
    assert len(await house.told()) == 1
    assert not house.pat.reviewer.active


async def test_what_somebody_said_over_the_api_stays() -> None:
    house = House()
    await house.comes("sre", GROUP)
    await house.told()
    gone = PutReviewer(actor=an_actor(PAT), reviewer=Member(name="Pat", email=PAT, active=False))
    house.keep(review.put_reviewer(house.members[ID], gone))
    for groups in (("sre", GROUP), ("sre",)):
        house.later()
        await house.comes(*groups)
        assert await house.told() == []
    assert (house.pat.origin, house.pat.reviewer.active) == ("api", False)


async def test_two_gateways_tell_the_same_thing_under_one_id() -> None:
    house = House()
    await house.comes("sre", GROUP)
    other = RosterMessages(house.door.messages, house.door.reviewers, house.door.clock)
    told = enrolment(claims(groups=["sre", GROUP]), WITH_ROSTER)
    assert told
    other.saw(told)
    await house.roster.tell()
    await other.tell()
    assert len({id for id, _ in house.door.messages.said}) == 1


async def test_the_request_does_not_fail_by_it_and_what_was_not_told_is_told_later() -> None:
    house = House()
    house.door.messages.down = True
    await house.comes("sre", GROUP)
    assert await house.told() == []
    house.door.messages.down = False
    assert len(await house.told()) == 1


async def test_what_a_crash_forgot_is_seen_with_the_next_request() -> None:
    house = House()
    await house.comes("sre", GROUP)
    again = House()
    again.door.reviewers = house.door.reviewers
    await again.comes("sre", GROUP)
    assert len(await again.told()) == 1


async def test_what_review_never_heard_is_told_again_after_a_while() -> None:
    house = House()
    await house.comes("sre", GROUP)
    await house.roster.tell()
    house.door.messages.said.clear()
    await house.comes("sre", GROUP)
    assert await house.told() == []
    house.later()
    await house.comes("sre", GROUP)
    assert len(await house.told()) == 1


class DownReviewers(FakeReviewers):
    """A community that cannot be read."""

    async def state_of(self, key: str) -> KnownReviewer | None:
        raise AutoReconnect("connection closed")


async def test_whoever_waits_goes_on_waiting_while_the_store_is_away() -> None:
    door = Door()
    roster = RosterMessages(door.messages, DownReviewers(), door.clock)
    roster.saw(someone(1))
    with pytest.raises(AutoReconnect):
        await roster.tell()
    roster.reviewers = FakeReviewers()
    await roster.tell()
    assert len(door.messages.said) == 1


def someone(n: int) -> Enrolment:
    who = Owner(name="X", email=f"x{n}@example.com")
    return Enrolment(who=who, belongs=True, issued_at=datetime(2026, 3, 2, tzinfo=UTC))


async def test_memory_is_bounded_and_nobody_is_forgotten_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "MOST", 3)
    monkeypatch.setattr(adapter, "MOST_WAITING", 2)
    door = Door()
    roster = RosterMessages(door.messages, FakeReviewers(), FixedClock(NOW))
    for first in range(5):
        for n in range(5):
            roster.saw(someone((first + n) % 5))
        assert len(roster._waiting) <= 2
        assert len(roster._seen._kept) <= 3
        await roster.tell()
    told = {command.who.email for _, command in door.messages.said if isinstance(command, FollowRoster)}
    assert told == {f"x{n}@example.com" for n in range(5)}
