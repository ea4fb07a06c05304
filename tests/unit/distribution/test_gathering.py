"""Which notices come at once, and which wait for others."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.distribution.domain import Gathering, Notice, Pace, forget, gather, gathering_id, let_go, may_wait
from services.distribution.domain.address_notice import AddressNoticeKind
from services.distribution.domain.gathered import URGENCY
from services.distribution.domain.gathering import FULL
from services.distribution.domain.told import OWNER_ASSIGNED
from shared.contracts.meeting_notices import MeetingNoticeKind
from shared.contracts.meeting_reminders import MeetingReminderKind
from shared.contracts.notices import ReminderKind
from shared.contracts.review_notices import ReviewNoticeKind
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import BEN, a_notice, assigned, review_notice
from tests.unit.distribution.gatherings import MINUTE, PACE, late


def kept(gathering: Gathering | None, notice: Notice, now: datetime = NOW, pace: Pace = PACE) -> tuple[bool, Gathering]:
    decision = gather(gathering, notice, pace, now)
    assert decision.reply
    return decision.reply.data["kept"], decision.state


def test_every_kind_of_notice_says_whether_it_may_wait() -> None:
    kinds = {OWNER_ASSIGNED, *AddressNoticeKind, *(f"meeting_{kind}" for kind in MeetingNoticeKind)}
    kinds |= {kind.value for each in (ReminderKind, ReviewNoticeKind, MeetingReminderKind) for kind in each}
    assert set(URGENCY) == kinds
    assert not [kind for kind in URGENCY if "meeting" in kind and URGENCY[kind] is not None]


def test_the_first_ones_go_at_once_and_the_rest_waits_until_there_is_room() -> None:
    state: Gathering | None = None
    answers = []
    for n in range(4):
        answer, state = kept(state, a_notice(late(n), str(n)), NOW + n * MINUTE)
        answers.append(answer)
    assert state
    assert answers == [False, False, True, True]
    assert gather(state, a_notice(late(9), "9"), PACE, NOW + 4 * MINUTE).due == NOW + 60 * MINUTE
    assert let_go(state, PACE, NOW + 59 * MINUTE).state.leaving == ()
    gone = let_go(state, PACE, NOW + 60 * MINUTE).state
    assert [[notice.id for notice in each.notices] for each in gone.leaving] == [["2", "3"]]
    assert kept(gone, a_notice(late(5), "5"), NOW + 60 * MINUTE)[0] is True
    assert forget(gone, {gone.leaving[0].id}, PACE, NOW + 60 * MINUTE).due is None


def test_with_time_there_is_room_again() -> None:
    _, state = kept(None, a_notice(late(0), "0"))
    _, state = kept(state, a_notice(late(1), "1"))
    assert kept(state, a_notice(late(2), "2"), NOW + 61 * MINUTE)[0] is False


def test_what_is_nearly_due_does_not_wait_and_what_is_due_much_later_does() -> None:
    state = Gathering(sent=(NOW, NOW))
    near, far = (review_notice("review_asked", due=NOW + hours * timedelta(hours=1)) for hours in (2, 3))
    assert kept(state, a_notice(near))[0] is False
    assert kept(state, a_notice(far))[0] is True


def test_without_a_time_nothing_waits() -> None:
    state: Gathering | None = None
    for n in range(10):
        answer, state = kept(state, a_notice(late(n), str(n)), pace=Pace(1, timedelta()))
        assert answer is False


def test_a_mail_that_is_full_leaves_before_its_time() -> None:
    state: Gathering | None = Gathering(sent=(NOW, NOW))
    for n in range(FULL + 1):
        _, state = kept(state, a_notice(late(n), str(n)))
    assert state
    assert ([len(each.notices) for each in state.leaving], len(state.kept)) == ([FULL], 1)


def test_people_and_months_have_documents_of_their_own() -> None:
    facts = (late(1), late(1, recipient=BEN), late(1, at=NOW + timedelta(days=31)))
    assert len({gathering_id(a_notice(fact)) for fact in facts}) == 3
    assert gathering_id(a_notice(late(1), "1")) == gathering_id(a_notice(late(2), "2"))


def test_every_kind_that_may_wait_is_known() -> None:
    assert may_wait(a_notice(assigned()))
    assert not may_wait(a_notice(review_notice("submit_due")))
