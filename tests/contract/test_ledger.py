"""One table for every ledger: the one of the tests and the one in MongoDB behave alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from services.distribution.domain import Counts, Delivery, Outcome, State, settle
from services.distribution.domain.delivery import ALONE, TOGETHER
from services.distribution.ports import Claim, Ledger
from tests.contract.ledgers import LEASE, SECOND, ledger, names, outcome, to_list
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import a_notice_row, a_row

__all__ = ["ledger"]
OTHER = PM[:-1] + ("0" if PM[-1] != "0" else "1")


async def at_once(ledger: Ledger, now: datetime) -> list[Claim]:
    """Return what twenty senders got who came at the same time."""
    claims = await asyncio.gather(*(ledger.claim(now, now + LEASE) for _ in range(20)))
    return [claim for each in claims for claim in each]


async def test_what_is_added_is_read_again(ledger: Ledger) -> None:
    rows = [a_row("b@example.com", reply="🧯 $x"), a_row("a@example.com"), a_row("c@example.com", revision=3)]
    await ledger.add(rows)
    assert await ledger.rows(PM, 10) == [rows[2], rows[1], rows[0]]
    assert await ledger.rows(PM, 2) == [rows[2], rows[1]]
    assert await ledger.rows(OTHER, 10) == []


async def test_rows_are_read_in_pages_that_meet_and_by_state(ledger: Ledger) -> None:
    rows = [a_row(f"r{n}@example.com", revision=revision) for revision in (3, 2) for n in range(4)]
    rows[2], rows[5] = (replace(row, state=State.FAILED) for row in (rows[2], rows[5]))
    await ledger.add([*reversed(rows), a_notice_row()])
    seen: list[Delivery] = []
    while page := await ledger.rows(PM, 3, (seen[-1].revision, seen[-1].recipient) if seen else None):
        seen.extend(page)
    assert seen == rows
    failed = await ledger.rows(PM, 10, state=State.FAILED)
    assert failed == [rows[2], rows[5]]
    assert await ledger.rows(PM, 10, (3, "r2@example.com"), State.FAILED) == [rows[5]]
    assert await ledger.rows(PM, 10, (2, "r1@example.com"), State.FAILED) == []


async def test_adding_nothing_is_nothing(ledger: Ledger) -> None:
    await ledger.add([])
    assert await ledger.rows(PM, 10) == []
    assert await ledger.claim(NOW, NOW + LEASE) == []


async def test_adding_again_leaves_rows_as_they_are_and_adds_those_that_are_missing(ledger: Ledger) -> None:
    await ledger.add([a_row("a@example.com")])
    (claim,) = await ledger.claim(NOW, NOW + LEASE)
    sent = settle(claim.delivery, outcome(Outcome.ACCEPTED), 1.0, NOW)
    assert await ledger.settle([sent])
    later = {"not_before": NOW + LEASE, "updated_at": NOW + LEASE}
    await ledger.add([a_row("a@example.com", **later), a_row("b@example.com", **later)])
    assert await ledger.rows(PM, 10) == [sent, a_row("b@example.com", **later)]


async def test_adding_the_same_rows_at_once_adds_each_once(ledger: Ledger) -> None:
    rows = [a_row(f"r{n:02}@example.com") for n in range(30)]
    await asyncio.gather(*(ledger.add(rows) for _ in range(5)))
    assert await ledger.rows(PM, 100) == rows


async def test_the_row_that_has_waited_longest_is_claimed_first_and_none_before_its_time(ledger: Ledger) -> None:
    rows = [a_row(f"r{n}@example.com", not_before=NOW + n * SECOND) for n in (2, 0, 1, 5)]
    await ledger.add(rows)
    now = NOW + 2 * SECOND
    claims = await ledger.claim(now, now + LEASE)
    assert [c.delivery.recipient for c in claims] == ["r0@example.com", "r1@example.com", "r2@example.com"]
    assert await ledger.claim(now, now + LEASE) == []


async def test_at_most_so_many_are_taken_at_once_those_that_have_waited_longest(ledger: Ledger) -> None:
    await ledger.add([a_row(f"r{n:02}@example.com", not_before=NOW + n * SECOND) for n in reversed(range(ALONE + 3))])
    later = NOW + 60 * SECOND
    taken = [names(await ledger.claim(later, later + LEASE)) for _ in range(3)]
    every = [f"r{n:02}@example.com" for n in range(ALONE + 3)]
    assert taken == [every[:ALONE], every[ALONE:], []]


async def test_those_to_whom_one_mail_goes_are_taken_together_and_no_others_with_them(ledger: Ledger) -> None:
    many = [to_list(f"m{n:03}@example.com") for n in range(TOGETHER + 5)]
    others = [to_list("x@example.com", list="other"), to_list("y@example.com", revision=3), a_row("z@example.com")]
    later = [replace(row, not_before=NOW + SECOND) for row in others]
    await ledger.add([*many, *later])
    now = NOW + SECOND
    taken = [names(await ledger.claim(now, now + LEASE)) for _ in range(6)]
    assert [len(each) for each in taken] == [TOGETHER, 5, 1, 1, 1, 0]
    assert {name for each in taken[:2] for name in each} == {row.recipient for row in many}


async def test_a_mail_of_ones_own_is_not_taken_with_those_of_a_list(ledger: Ledger) -> None:
    await ledger.add([a_row("z@example.com", not_before=NOW - SECOND), to_list("m@example.com")])
    taken = [await ledger.claim(NOW, NOW + LEASE) for _ in range(3)]
    assert [names(each) for each in taken] == [["z@example.com"], ["m@example.com"], []]
    ((listed,)) = taken[1]
    assert (listed.delivery.to, listed.delivery.thread) == ("list@example.com", ("<1@example.com>", "<2@example.com>"))


async def test_a_claim_counts_the_attempt_and_says_who_holds_it(ledger: Ledger) -> None:
    await ledger.add([a_row(attempts=3, claim=7)])
    (claim,) = await ledger.claim(NOW + SECOND, NOW + LEASE)
    assert not claim.abandoned
    expected = a_row(state=State.SENDING, attempts=4, claim=8, updated_at=NOW + SECOND)
    assert claim.delivery == expected
    assert await ledger.rows(PM, 1) == [expected]


async def test_twenty_at_once_share_the_rows_and_none_goes_to_two(ledger: Ledger) -> None:
    await ledger.add([a_row(f"r{n:02}@example.com") for n in range(15)])
    claims = await at_once(ledger, NOW)
    taken = [claim.delivery.id for claim in claims]
    assert len(taken) == len(set(taken)) == 15
    assert all(claim.delivery.attempts == 1 for claim in claims)


async def test_one_row_goes_to_one_of_twenty(ledger: Ledger) -> None:
    await ledger.add([a_row()])
    assert len(await at_once(ledger, NOW)) == 1


async def test_a_claim_that_ran_out_is_taken_by_one_other_and_is_called_abandoned(ledger: Ledger) -> None:
    await ledger.add([a_row()])
    assert await ledger.claim(NOW, NOW + LEASE)
    assert await ledger.claim(NOW + LEASE - SECOND, NOW + 2 * LEASE) == []
    (claim,) = await at_once(ledger, NOW + LEASE)
    assert claim.abandoned
    assert (claim.delivery.attempts, claim.delivery.claim) == (2, 2)


async def test_a_renewed_claim_stays_its_holders_and_only_the_holder_renews_it(ledger: Ledger) -> None:
    await ledger.add([a_row()])
    (first,) = await ledger.claim(NOW, NOW + LEASE)
    await ledger.renew([first.delivery], NOW + 2 * LEASE)
    assert await ledger.claim(NOW + LEASE, NOW + 3 * LEASE) == []
    assert await ledger.claim(NOW + 2 * LEASE, NOW + 3 * LEASE)
    await ledger.renew([first.delivery], NOW + 9 * LEASE)
    (third,) = await ledger.claim(NOW + 3 * LEASE, NOW + 4 * LEASE)
    assert third.abandoned
    assert await ledger.settle([settle(third.delivery, outcome(Outcome.ACCEPTED), 1.0, NOW)])
    await ledger.renew([third.delivery], NOW)
    assert await ledger.claim(NOW + 9 * LEASE, NOW + 10 * LEASE) == []


async def test_fresh_rows_come_before_abandoned_ones(ledger: Ledger) -> None:
    await ledger.add([a_row("old@example.com")])
    assert await ledger.claim(NOW, NOW + LEASE)
    await ledger.add([a_row("new@example.com", not_before=NOW + SECOND)])
    claims = [await ledger.claim(NOW + LEASE, NOW + 2 * LEASE) for _ in range(3)]
    assert [(c.delivery.recipient, c.abandoned) for each in claims for c in each] == [
        ("new@example.com", False),
        ("old@example.com", True),
    ]


async def test_only_the_last_claimer_settles(ledger: Ledger) -> None:
    await ledger.add([a_row()])
    (first,) = await ledger.claim(NOW, NOW + LEASE)
    (second,) = await ledger.claim(NOW + LEASE, NOW + 2 * LEASE)
    assert not await ledger.settle([settle(first.delivery, outcome(Outcome.FAILED), 1.0, NOW)])
    assert await ledger.rows(PM, 1) == [second.delivery]
    sent = settle(second.delivery, outcome(Outcome.ACCEPTED), 1.0, NOW + LEASE)
    assert await ledger.settle([sent])
    for late in (sent, settle(first.delivery, outcome(Outcome.RETRY), 1.0, NOW), replace(sent, state=State.PENDING)):
        assert not await ledger.settle([late])
    assert await ledger.rows(PM, 1) == [sent]


async def test_of_rows_that_are_settled_at_once_those_count_that_are_still_ours(ledger: Ledger) -> None:
    await ledger.add([a_row(f"r{n}@example.com") for n in range(3)])
    mine = [claim.delivery for claim in await ledger.claim(NOW, NOW + LEASE)]
    await ledger.renew([mine[0], mine[2]], NOW + 2 * LEASE)
    (others,) = await ledger.claim(NOW + LEASE, NOW + 2 * LEASE)
    assert others.delivery.recipient == mine[1].recipient
    sent = [settle(row, outcome(Outcome.ACCEPTED), 1.0, NOW) for row in mine]
    assert await ledger.settle(sent) == [sent[0], sent[2]]
    assert {row.id: row for row in await ledger.rows(PM, 9)} == {
        row.id: row for row in (sent[0], others.delivery, sent[2])
    }


async def test_what_was_got_or_may_be_yet_is_known_by_its_message_id(ledger: Ledger) -> None:
    rows = [a_row(f"{state.value}@example.com", state=state) for state in State if state is not State.SENDING]
    await ledger.add(rows)
    found = await ledger.reached(PM, [*(row.id for row in rows), "nobody's"])
    assert set(found.values()) == {
        "<pending@mail.example.com>",
        "<accepted@mail.example.com>",
        "<unknown@mail.example.com>",
    }
    assert await ledger.reached(PM, []) == {}


async def test_who_did_not_claim_does_not_settle(ledger: Ledger) -> None:
    await ledger.add([a_row()])
    assert not await ledger.settle([a_row(state=State.ACCEPTED)])
    assert not await ledger.settle([a_row("nobody@example.com", state=State.ACCEPTED)])
    assert await ledger.rows(PM, 10) == [a_row()]


async def test_a_row_that_is_to_be_tried_again_is_claimed_when_its_time_has_come(ledger: Ledger) -> None:
    await ledger.add([a_row()])
    (claim,) = await ledger.claim(NOW, NOW + LEASE)
    waiting = settle(claim.delivery, outcome(Outcome.RETRY), 1.0, NOW)
    assert await ledger.settle([waiting])
    assert await ledger.claim(waiting.not_before - SECOND, NOW + LEASE) == []
    (again,) = await ledger.claim(waiting.not_before, waiting.not_before + LEASE)
    assert (again.abandoned, again.delivery.attempts, again.delivery.claim) == (False, 2, 2)


async def test_a_settled_row_is_never_claimed_again_however_old_its_lease(ledger: Ledger) -> None:
    await ledger.add([a_row(f"{kind.value}@example.com") for kind in Outcome])
    claims = await ledger.claim(NOW, NOW + SECOND)
    for claim, kind in zip(claims, (Outcome.ACCEPTED, Outcome.FAILED, Outcome.SUPPRESSED), strict=False):
        assert await ledger.settle([settle(claim.delivery, outcome(kind), 1.0, NOW)])
    far = NOW + timedelta(days=99)
    assert len(await ledger.claim(far, far + LEASE)) == len(Outcome) - 3


async def test_counts_are_those_of_one_revision_of_one_postmortem(ledger: Ledger) -> None:
    states = [State.ACCEPTED] * 5 + [State.FAILED] * 4 + [State.UNKNOWN] * 3 + [State.PENDING] * 2 + [State.SENDING]
    rows = [a_row(f"r{n}@example.com", state=state) for n, state in enumerate(states) if state is not State.SENDING]
    await ledger.add([a_row("first@example.com", not_before=NOW - SECOND), *rows])
    assert await ledger.claim(NOW - SECOND, NOW + LEASE)  # one is being sent
    await ledger.add([a_row("x@example.com", revision=3), a_row("y@example.com", id="other", postmortem_id=OTHER)])
    assert await ledger.counts(PM, 2) == Counts(accepted=5, failed=4, unknown=3, waiting=3)
    assert await ledger.counts(PM, 3) == Counts(waiting=1)
    assert await ledger.counts(OTHER, 2) == Counts(waiting=1)
    assert [await ledger.any_waiting(PM, revision) for revision in (1, 2, 3)] == [False, True, True]
    assert await ledger.counts(PM, 4) == Counts()
