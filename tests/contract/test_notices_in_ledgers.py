"""Notices in every ledger: they are rows like others, but come first, and no publication counts them."""

from __future__ import annotations

from dataclasses import replace

from services.distribution.domain import Counts, Gathered, Outcome, settle
from services.distribution.domain.delivery import ALONE
from services.distribution.ports import Ledger
from tests.contract.ledgers import LEASE, SECOND, ledger, names, outcome, to_list
from tests.helpers.builders import NOW, PM
from tests.unit.distribution.fakes import a_notice, a_notice_row, a_row, reminder

__all__ = ["ledger"]


async def test_notices_do_not_wait_until_a_report_to_many_is_through(ledger: Ledger) -> None:
    readers = [a_row(f"r{n}@example.com", not_before=NOW - SECOND) for n in range(2 * ALONE)]
    await ledger.add([*readers, a_notice_row(), to_list("m@example.com", not_before=NOW - 2 * SECOND)])
    assert [claim.delivery.notice for claim in await ledger.claim(NOW, NOW + LEASE)] == [a_notice()]
    assert names(await ledger.claim(NOW, NOW + LEASE)) == ["m@example.com"]


async def test_a_notice_is_claimed_and_settled_like_any_mail_and_comes_back_whole(ledger: Ledger) -> None:
    rows = [a_notice_row(a_notice(reminder(kind), id=kind, follows="fact-0")) for kind in ("draft_due", "item_late")]
    await ledger.add(rows)
    await ledger.add(rows)
    claims = await ledger.claim(NOW, NOW + LEASE)
    found = sorted((c.delivery for c in claims), key=lambda row: row.notice.kind if row.notice else "")
    assert [row.notice for row in found] == [row.notice for row in rows]
    waiting = settle(found[0], outcome(Outcome.RETRY), 1.0, NOW)
    assert await ledger.settle([waiting])
    (again,) = await ledger.claim(waiting.not_before, waiting.not_before + LEASE)
    assert again.delivery.notice == rows[0].notice
    assert await ledger.settle([settle(again.delivery, outcome(Outcome.ACCEPTED), 1.0, NOW)])


async def test_a_mail_of_several_notices_comes_back_whole(ledger: Ledger) -> None:
    notices = tuple(a_notice(reminder(kind), id=kind) for kind in ("draft_due", "item_late"))
    gathered = Gathered(id="g", at=NOW, notices=notices)
    await ledger.add([replace(a_notice_row(notices[0]), notice=None, gathered=gathered, postmortem_id="")])
    (claim,) = await ledger.claim(NOW, NOW + LEASE)
    assert (claim.delivery.gathered, claim.delivery.notice) == (gathered, None)


async def test_notices_count_in_no_publication_and_stand_among_no_rows_of_one(ledger: Ledger) -> None:
    await ledger.add([a_row(), a_notice_row(), a_notice_row(a_notice(reminder(), id="fact-2"))])
    assert await ledger.rows(PM, 10) == [a_row()]
    assert await ledger.counts(PM, 2) == Counts(waiting=1)
