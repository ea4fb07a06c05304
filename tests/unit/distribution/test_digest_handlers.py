"""Weekly digests from the clock to the relay: one a person and week, whatever crashes and however many are at it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.distribution.domain import Circle, Delivery, State
from services.distribution.domain.digest.plan import LATEST, SETTLED
from services.distribution.domain.preferences import MailPreference
from services.distribution.handlers import make_up_digest, on_digest_due
from shared.contracts.base import derived_id
from shared.contracts.commands import Role
from shared.contracts.digests import ChoosePostmortemOfTheMonth, ShowPostmortemOfTheMonth
from shared.contracts.lists import Unsubscribe, list_id, subscription_id
from shared.contracts.mail_preferences import WEEKLY_DIGEST, ChangeMailPreference, Reports, preference_id
from shared.messaging.timers import Timers
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.distribution.ledgers import FakeLedger
from tests.unit.distribution.sharing_fakes import LINKS, a_digest_press, out
from tests.unit.distribution.test_handlers import Room

A, B, C = (f"{name}@example.com" for name in "abc")
DAY = timedelta(days=1)


class Weekly(Room):
    """The room with something to tell this week; the list `everyone` has A and B, and C chose the digest."""

    def __init__(self) -> None:
        super().__init__()
        self.week = self.sharing.plan.newest(NOW)
        id, known = out(self.week.due - DAY)
        self.documents.states[id] = known
        self.digest_timers = Timers(self.sharing.digests, self.clock, on_digest_due, self.deps)

    async def choose(self, email: str, reports: Reports) -> None:
        await self.hear(ChangeMailPreference(actor=an_actor(email), email=email, reports=reports))

    async def look(self) -> None:
        await make_up_digest(self.deps)
        await self.digest_timers.check()

    def rows(self) -> list[Delivery]:
        return sorted(self.ledger.kept.values(), key=lambda row: row.recipient)


async def a_week() -> Weekly:
    room = Weekly()
    await room.choose(C, Reports.DIGEST)
    return room


async def test_everybody_who_should_gets_one_digest_and_looking_again_adds_none() -> None:
    room = await a_week()
    for _ in range(3):
        await room.look()
        room.clock.advance(timedelta(hours=1))
    assert [(row.recipient, row.revision, row.list, row.postmortem_id) for row in room.rows()] == [
        (email, 0, WEEKLY_DIGEST, room.week.key) for email in (A, B, C)
    ]
    assert room.deps.wake.is_set()
    await room.mail()
    assert sorted(room.mailer.recipients()) == [A, B, C]
    assert {row.state for row in room.rows()} == {State.ACCEPTED}
    assert room.sharing.digests.states[room.week.key].recipients == 3
    await room.look()
    await room.mail()
    assert len(room.mailer.mails) == 3


async def test_it_is_made_up_a_little_after_its_time_and_not_before() -> None:
    room = await a_week()
    room.clock.time = room.week.due + SETTLED - timedelta(seconds=1)
    await room.look()
    assert room.week.key not in room.sharing.digests.states
    room.clock.advance(timedelta(seconds=1))
    await room.look()
    assert len(room.rows()) == 3


async def test_two_instances_at_once_make_up_one() -> None:
    room = await a_week()
    await asyncio.gather(*(make_up_digest(room.deps) for _ in range(5)))
    assert room.sharing.digests.versions == {room.week.key: 1}
    await asyncio.gather(*(room.digest_timers.check() for _ in range(5)))
    assert len(room.rows()) == 3
    assert room.sharing.digests.versions == {room.week.key: 2}


async def test_what_is_frozen_stays_though_more_is_published_and_the_next_week_tells_that() -> None:
    room = await a_week()
    await make_up_digest(room.deps)
    frozen = room.sharing.digests.states[room.week.key]
    id, late = out(NOW, "5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c12")
    room.documents.states[id] = late
    await room.look()
    assert room.sharing.digests.states[room.week.key].entries == frozen.entries
    room.clock.advance(7 * DAY)
    await room.look()
    following = room.sharing.digests.states[room.sharing.plan.newest(room.clock.now()).key]
    assert [entry.postmortem_id for entry in following.published] == [id]


async def test_a_crash_between_rows_and_commit_writes_no_row_twice_and_loses_nobody() -> None:
    room = await a_week()
    await make_up_digest(room.deps)

    class Crash(type(room.ledger)):  # type: ignore[misc]
        async def add(self, deliveries: Iterable[Delivery]) -> None:
            await super().add(list(deliveries)[:2])
            raise ConnectionError

    crashing = Crash()
    timers = Timers(room.sharing.digests, room.clock, on_digest_due, replace(room.deps, ledger=crashing))
    await timers.check()
    assert len(crashing.kept) == 2
    room.ledger.kept = dict(crashing.kept)
    await room.mail()
    await room.look()
    await room.mail()
    assert sorted(room.mailer.recipients()) == [A, B, C]


async def test_what_is_missed_for_two_days_is_skipped_once_and_for_all() -> None:
    room = await a_week()
    room.clock.time = room.week.due + LATEST + timedelta(hours=1)
    for _ in range(2):
        await room.look()
    assert room.sharing.digests.states[room.week.key].missed
    assert room.rows() == []


async def test_what_is_late_by_less_is_sent_but_no_mail_that_waited_for_longer() -> None:
    room = await a_week()
    room.clock.time = room.week.due + LATEST
    await room.look()
    assert len(room.rows()) == 3
    room.clock.advance(timedelta(seconds=1))
    await room.mail()
    assert room.mailer.mails == []
    assert {(row.state, row.reply) for row in room.rows()} == {(State.FAILED, "not sent: given up after two days")}


async def test_nothing_to_tell_is_no_mail() -> None:
    room = await a_week()
    room.documents.states.clear()
    await room.look()
    assert room.rows() == []
    assert room.sharing.digests.due_at == {}


@pytest.mark.parametrize("reports", [Reports.NONE, Reports.DIGEST])
async def test_who_changed_their_mind_while_it_waited_gets_none(reports: Reports) -> None:
    room = await a_week()
    await room.look()
    await room.choose(C, Reports.NONE)
    await room.choose(A, reports)
    await room.hear(Unsubscribe(list_id=list_id(WEEKLY_DIGEST), subscription_id=preference_id(B)))
    await room.mail()
    assert sorted(room.mailer.recipients()) == ([A] if reports is Reports.DIGEST else [])
    assert room.rows()[2].state is State.SUPPRESSED


async def test_one_click_ends_the_digest_and_leaves_reports_to_who_had_not_chosen_it() -> None:
    room = await a_week()
    for email in (B, C):
        link = LINKS.read(LINKS.token(WEEKLY_DIGEST, email))
        assert link
        await room.hear(link)
        await room.hear(link, "again")
    states = room.sharing.preferences.states
    assert states[preference_id(B)] == MailPreference(digest_by_list=False, since=NOW)
    assert states[preference_id(C)].reports is Reports.NONE
    assert room.subscriptions.states == {}
    await room.look()
    assert [row.recipient for row in room.rows()] == [A]


async def test_a_link_of_a_list_is_still_that_lists() -> None:
    room = await a_week()
    await room.hear(Unsubscribe(list_id=list_id("everyone"), subscription_id=subscription_id("everyone", A)))
    assert subscription_id("everyone", A) in room.subscriptions.states
    await room.look()
    assert [row.recipient for row in room.rows()] == [B, C]


async def test_what_is_restricted_while_it_waits_is_told_to_nobody() -> None:
    room = await a_week()
    await room.look()
    room.documents.states[PM] = room.documents.states[PM].changed(circle=Circle(restricted=True))
    await room.mail()
    assert room.mailer.mails == []
    assert {row.reply for row in room.rows()} == {"not sent: all that it told of was restricted since"}


async def test_an_admin_chooses_the_postmortem_of_the_month_and_everybody_may_see_it() -> None:
    room = await a_week()
    choose = ChoosePostmortemOfTheMonth(actor=an_actor(role=Role.ADMIN), month="2026-02", chosen=PM, why="Read it.")
    assert (await room.hear(choose)).data["chosen"] == PM
    show = ShowPostmortemOfTheMonth(actor=an_actor(), month="2026-02")
    assert (await room.hear(show, "1")).data["why"] == "Read it."
    await room.look()
    chosen = room.sharing.digests.states[room.week.key].of_the_month
    assert chosen
    assert (chosen.postmortem_id, chosen.words) == (PM, "Read it.")
    room.documents.states[PM] = room.documents.states[PM].changed(circle=Circle(restricted=True))
    assert (await room.hear(show, "2")).data["chosen"] is None


class Breaking(FakeLedger):
    """A ledger that breaks after so many rows, once."""

    breaks_after: int | None = None

    async def add(self, deliveries: Iterable[Delivery]) -> None:
        rows, self.breaks_after = list(deliveries)[: self.breaks_after], None
        await super().add(rows)
        if len(rows) < 3:
            raise ConnectionError


STEPS = st.lists(
    st.sampled_from(["look", "two look", "mail", "break 0", "break 1", "break 2", "an hour", "a day", "a week"]),
    max_size=25,
)


@settings(max_examples=15, deadline=None)
@given(STEPS)
async def test_whatever_happens_nobody_gets_two_of_one_week_and_who_runs_for_long_enough_sends_to_all(
    steps: list[str],
) -> None:
    room = await a_week()
    ledger = room.ledger = Breaking()
    room.deps = replace(room.deps, ledger=ledger)
    pasts = {"an hour": timedelta(hours=1), "a day": DAY, "a week": 7 * DAY}
    for step in [*steps, "a week", "look", "look", "mail"]:
        room.clock.advance(pasts.get(step, timedelta(seconds=30)))
        timers = Timers(room.sharing.digests, room.clock, on_digest_due, room.deps)
        if step.startswith("break"):
            ledger.breaks_after = int(step[-1])
        if step in pasts:
            id, known = out(room.clock.now() - timedelta(hours=5), derived_id(str(room.clock.now())))
            room.documents.states[id] = known
        if step == "mail":
            await room.mail()
        if "look" in step:
            await asyncio.gather(*(make_up_digest(room.deps) for _ in range(2)))
            await asyncio.gather(*(timers.check() for _ in range(2)))
            ledger.breaks_after = None
    sent = [(to, message_from_bytes(mail)["Message-ID"]) for to, mail in room.mailer.mails]
    assert len(sent) == len(set(sent))
    newest = room.sharing.plan.newest(room.clock.now() - SETTLED)
    if room.sharing.digests.states[newest.key].entries:
        ids = {a_digest_press().message_id(newest.name, email) for email in (A, B, C)}
        assert ids <= {id for _, id in sent}


async def test_an_unknown_digest_is_a_trouble_and_no_mail() -> None:
    room = await a_week()
    await room.look()
    room.sharing.digests.states.clear()
    with pytest.raises(LookupError):
        await room.writing().write(room.rows()[0])
