"""Whatever breaks wherever in the five rooms, every incident ends in one publication, one meeting and one mail each.

As a rule every point of every room breaks in one way, and every point in every way in one room or another. With
AFTERWORD_FAULTS=all (`make faults`) every call of every room breaks in every way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import pytest

from deploy.demo import AUTHOR
from services.distribution.domain.delivery import ALONE
from tests.faults import audit
from tests.faults.audit import Mails, until
from tests.faults.campaign import Campaign, everything, selection
from tests.faults.failpoints import KILLS, SEAMS, Arms, Mode, Point
from tests.faults.stack import Stack
from tests.helpers.long_run import ALL

REST_WITHIN_S = 120.0
pytestmark = pytest.mark.timeout(1800 if ALL else 400)  # the fixture's work counts as that of the first test
IN_DOUBT = {("Link.last_reply", Mode.RAISED), ("Link.last_reply", Mode.UNKNOWN), ("MongoLedger.settle", Mode.RAISED)}
"""What leaves it open whether a mail went out, besides the death of its sender."""
ON_THEIR_WAY = 5 * ALONE
"""So many mails are on their way at once: `distribution.connections` of the sample policy, each with its own few."""


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    """The run, when all its incidents are published and have come to rest."""
    with Stack(tmp_path_factory.mktemp("failpoints")) as stack:
        done = Campaign(stack)
        done.run(everything() if ALL else selection())
        yield done


@pytest.fixture(scope="module")
def mails(campaign: Campaign) -> Mapping[str, Mails]:
    """All mails, when none waits any more."""
    for driver in campaign.incidents:
        driver.delivered(AUTHOR)
    return audit.mails(campaign.stack, {driver.id for driver in campaign.incidents})


def test_the_selection_breaks_every_point_of_every_room_and_every_point_in_every_way() -> None:
    chosen = selection()
    assert {room: {seam.point for seam, _ in breaks} for room, breaks in chosen.items()} == {
        room: {seam.point for seam in seams} for room, seams in SEAMS.items()
    }
    ways = {(seam.point, mode) for breaks in chosen.values() for seam, mode in breaks}
    assert ways == {(point, mode) for point in Point for mode in Mode}


def test_every_failpoint_fired_and_every_incident_went_its_way(campaign: Campaign) -> None:
    assert campaign.failures == []
    assert campaign.unfired() == {}


@pytest.mark.parametrize("room", SEAMS)
def test_a_room_passes_exactly_the_calls_of_its_table(campaign: Campaign, room: str) -> None:
    assert campaign.stack.arms.passed(room) == {f"{seam.point}-{seam.call}" for seam in SEAMS[room]}


def test_every_incident_is_published_with_one_entry_on_the_calendar(campaign: Campaign) -> None:
    seen = [driver.get(AUTHOR) for driver in campaign.incidents]
    assert {each["status"] for each in seen} == {"published"}
    assert audit.entries(campaign.stack) == {each["meeting"]["uid"]: 1 for each in seen}


def test_every_recipient_has_the_mail_under_one_id(campaign: Campaign, mails: Mapping[str, Mails]) -> None:
    for driver in campaign.incidents:
        publication = driver.delivered(AUTHOR)
        assert publication["accepted"] == publication["recipients"] == len(mails[driver.id].count)
        assert {len(ids) for ids in mails[driver.id].ids.values()} == {1}


def test_a_mail_comes_twice_only_where_it_was_in_doubt_whether_it_went_out(
    campaign: Campaign, mails: Mapping[str, Mails]
) -> None:
    doubts = in_doubt(campaign.stack.arms)
    counts = [count for each in mails.values() for count in each.count.values()]
    assert max(counts) <= 1 + doubts
    assert sum(counts) - len(counts) <= ON_THEIR_WAY * doubts


def in_doubt(arms: Arms) -> int:
    """Return how often mails may have gone out without anybody knowing."""
    return sum(arm.mode in KILLS or (arm.call, arm.mode) in IN_DOUBT for arm in arms.fired("distribution"))


def test_nothing_is_parked_and_every_queue_is_empty(campaign: Campaign) -> None:
    assert until(partial(audit.held, campaign.stack), lambda held: not held, REST_WITHIN_S) == {}


def test_nothing_is_left_unsaid(campaign: Campaign) -> None:
    assert until(partial(audit.unsaid, campaign.stack), lambda unsaid: not unsaid, REST_WITHIN_S) == {}
