"""What comes back, in the whole room over memory: rows, addresses, who is told, and what is not mailed any more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.distribution.adapters.bounces import Intake
from services.distribution.domain import Delivery, Outcome, Result, State
from services.distribution.domain.bouncing import BounceTerms
from services.distribution.handlers import take
from shared.contracts.base import Owner, derived_id
from shared.contracts.bounces import AddressReleased, AddressSuppressed, LiftSuppression, ListSuppressions, address_id
from shared.contracts.commands import Role
from shared.contracts.lists import list_id
from shared.messaging.documents import Change, Conflict
from tests.helpers.builders import NOW, an_actor
from tests.unit.distribution.fakes import ADA, LISTS, a_listing, a_notice_row, a_row
from tests.unit.distribution.returned import PATHS, a_mail
from tests.unit.distribution.test_handlers import Room

ADMIN = an_actor("admin@example.com", Role.ADMIN)


class Office(Room):
    """A room that has sent mails to one person, and takes what comes back of them."""

    def __init__(self, *, admins: tuple[Owner, ...] = (ADA,)) -> None:
        super().__init__()
        self.deps = replace(self.deps, bouncing=replace(self.deps.bouncing, terms=BounceTerms(admins=admins)))
        self.rows = [a_row(id=derived_id("row", str(n)), state=State.ACCEPTED) for n in range(4)]
        self.ledger.kept = {row.id: row for row in self.rows}

    async def return_mail(self, row: Delivery, name: str = "postfix") -> str:
        async def taking(delivery: str, reports: Any) -> str:
            return await take(delivery, reports, self.deps)

        return await Intake(PATHS, taking).accept(PATHS.address(row), a_mail(name, row))

    async def suppress(self) -> None:
        for row in self.rows[:2]:
            await self.return_mail(row)

    def notices(self) -> list[Delivery]:
        return [row for row in self.ledger.kept.values() if row.notice]


async def test_a_row_whose_mail_came_back_is_failed_and_says_so() -> None:
    office = Office()
    assert await office.return_mail(office.rows[0]) == "hard"
    row = office.ledger.kept[office.rows[0].id]
    assert row.state is State.FAILED
    assert row.reply == "bounced: 5.1.1 550 5.1.1 <a@example.com>: Recipient address rejected: User unknown"
    assert (office.bus.names(), office.notices()) == ([], [])


@pytest.mark.parametrize("state", State)
async def test_what_comes_back_while_its_row_still_waits_did_go_out(state: State) -> None:
    office = Office()
    row = replace(office.rows[0], state=state, reply="as it was")
    office.ledger.kept[row.id], office.ledger.leases[row.id] = row, NOW
    await office.return_mail(row)
    is_over = state in (State.FAILED, State.SUPPRESSED)
    assert (office.ledger.kept[row.id] == row) is is_over
    assert office.ledger.kept[row.id].state is (state if is_over else State.FAILED)


async def test_the_second_hard_bounce_ends_the_mail_and_is_said_and_told_once() -> None:
    office = Office()
    for _ in range(3):
        await office.suppress()
    (said,) = office.bus.said
    assert said.name == AddressSuppressed.name
    assert "Checkout" not in str(said)
    (notice,) = office.notices()
    assert (notice.recipient, notice.revision, notice.postmortem_id) == (ADA.email, 0, office.rows[1].postmortem_id)


async def test_the_owner_of_the_list_is_told_first() -> None:
    office = Office()
    owned = LISTS[0].model_copy(update={"owner": "owner@example.com"})
    office.lists.states[list_id(owned.name)] = a_listing(owned)
    await office.suppress()
    assert [row.recipient for row in office.notices()] == ["owner@example.com"]


async def test_a_bad_day_on_which_many_addresses_end_is_no_flood_for_who_keeps_the_lists() -> None:
    office = Office()
    for _ in range(2):  # what came back is tried again by whoever brought it
        for n in range(8):
            for m in range(2):
                row = a_row(f"r{n}@example.com", id=derived_id("row", str(n), str(m)), state=State.ACCEPTED)
                office.ledger.kept.setdefault(row.id, row)
                await office.return_mail(row)
    assert len(office.notices()) == office.deps.pace.at_once
    (gathering,) = office.gatherings.states.values()
    assert len(gathering.kept) == 8 - office.deps.pace.at_once


async def test_where_nobody_is_to_be_told_it_ends_all_the_same() -> None:
    office = Office(admins=())
    await office.suppress()
    assert (office.bus.names(), office.notices()) == ([AddressSuppressed.name], [])


async def test_no_report_and_no_notice_goes_to_a_suppressed_address() -> None:
    office = Office()
    await office.suppress()
    writing = office.writing()
    to_whom = Owner(name="A", email="a@example.com")
    notice = a_notice_row()
    for row in (office.rows[3], replace(notice, recipient=to_whom.email)):
        await writing.look([row])
        written = await writing.write(row)
        assert isinstance(written, Result)
        assert written.outcome is Outcome.SUPPRESSED
        assert "came back: 550 5.1.1" in written.reply
    await writing.look([notice])
    assert isinstance(await writing.write(notice), bytes)


async def test_who_keeps_the_list_reads_why_and_nothing_of_the_report() -> None:
    office = Office()
    await office.suppress()
    written = await office.writing().write(office.notices()[0])
    assert isinstance(written, bytes)
    assert b"Subject: [Postmortem] No more mail to: a@example.com\r\n" in written
    assert b"User unknown" in written
    assert b"/v1/suppressions" in written.replace(b"=\r\n", b"")
    assert b"Checkout" not in written
    assert b"Restricted" not in written


@pytest.mark.parametrize(("name", "what"), [("exchange", "soft"), ("exim", "refused")])
async def test_other_bounces_are_failed_and_do_not_end_the_mail(name: str, what: str) -> None:
    office = Office()
    assert [await office.return_mail(row, name) for row in office.rows] == [what] * 4
    assert {row.state for row in office.ledger.kept.values()} == {State.FAILED}
    assert office.bus.names() == []


@pytest.mark.parametrize("name", ["delayed", "vacation", "read", "person"])
async def test_what_is_no_bounce_changes_nothing(name: str) -> None:
    office = Office()
    await office.return_mail(office.rows[0], name)
    assert office.ledger.kept[office.rows[0].id] == office.rows[0]
    assert office.addresses.states == {}


async def test_what_is_unknown_forged_or_about_another_changes_nothing() -> None:
    office = Office()
    assert await office.return_mail(a_row(id=derived_id("row", "gone"))) == "unknown_delivery"
    other = replace(office.rows[0], recipient="z@example.com")
    assert await office.return_mail(other) == "contradicted"
    intake = Intake(PATHS, lambda *_: pytest.fail("was taken"))
    assert await intake.accept(f"b+x@{PATHS.domain}", a_mail("postfix")) == "forged"
    assert not intake.knows(f"b+x@{PATHS.domain}")
    assert office.addresses.states == {}


async def test_what_is_cut_off_anywhere_is_whole_when_it_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    await office.return_mail(office.rows[0])
    for broken, call in ((office.deps.bouncing.sent, "came_back"), (office.ledger, "add")):

        async def breaks(*_: Any) -> None:
            raise ConnectionError

        with monkeypatch.context() as patched:
            patched.setattr(broken, call, breaks)
            with pytest.raises(ConnectionError):
                await office.return_mail(office.rows[1])
    assert await office.return_mail(office.rows[1]) == "hard"
    assert office.ledger.kept[office.rows[1].id].state is State.FAILED
    assert (office.bus.names(), len(office.notices())) == ([AddressSuppressed.name], 1)


async def test_two_that_come_back_at_once_are_both_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    write, lost = office.addresses.write, 2

    async def is_late(change: Change[Any]) -> Any:
        nonlocal lost
        lost -= 1
        if lost >= 0:
            raise Conflict(change.key)
        return await write(change)

    monkeypatch.setattr(office.addresses, "write", is_late)
    await office.suppress()
    assert office.bus.names() == [AddressSuppressed.name]


async def test_admins_see_which_addresses_get_no_mail_and_let_it_go_there_again() -> None:
    office = Office()
    await office.suppress()
    shown = await office.hear(ListSuppressions(actor=ADMIN), "list")
    (item,) = shown.data["items"]
    assert (item["email"], item["kind"], item["bounces"], item["list"]) == ("a@example.com", "hard", 2, "everyone")
    assert shown.data["more"] is False
    lifted: Any = await office.hear(LiftSuppression(actor=ADMIN, email="A@example.com"), "lift")
    assert lifted.refusal is None
    assert office.bus.names() == [AddressSuppressed.name, AddressReleased.name]
    assert (await office.hear(ListSuppressions(actor=ADMIN), "again")).data == {"items": [], "more": False}
    assert await office.addresses.suppressions([address_id("a@example.com")]) == {}
    refused = await office.hear(LiftSuppression(actor=ADMIN, email="nobody@example.com"), "nobody")
    assert refused.refusal.rule == "unknown-suppression"


async def test_nobody_else_sees_them() -> None:
    office = Office()
    for command in (ListSuppressions, LiftSuppression):
        refused = await office.hear(command.model_validate({"actor": an_actor(), "email": "a@example.com"}), "x")
        assert refused.refusal.rule == "admins-only"


async def test_many_are_shown_in_parts() -> None:
    office = Office()
    await office.suppress()
    state = office.addresses.states[address_id("a@example.com")]
    for name in "bcd":
        email = f"{name}@example.com"
        office.addresses.states[address_id(email)] = state.changed(email=email)
    first = await office.hear(ListSuppressions(actor=ADMIN, limit=2), "1")
    then = await office.hear(ListSuppressions(actor=ADMIN, limit=2, after="b@example.com"), "2")
    assert [[item["email"][0] for item in part.data["items"]] for part in (first, then)] == [["a", "b"], ["c", "d"]]
    assert (first.data["more"], then.data["more"]) == (True, False)


def test_what_is_said_of_it_names_no_postmortem() -> None:
    said = {*AddressSuppressed.model_fields, *AddressReleased.model_fields}
    assert not said & {"title", "report", "postmortem_id", "message_id"}
