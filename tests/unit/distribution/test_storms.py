"""Storms over the ledger: whatever a relay says and whoever dies when, everybody gets a mail, twice only in doubt."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.distribution.adapters.postman import LEASE
from services.distribution.domain import Delivery, Outcome, Result, State
from services.distribution.domain.delivery import MAX_ATTEMPTS
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import ACCEPTED, FakeMailer, a_row, published
from tests.unit.distribution.test_postman import AWAY, RETRY, STOP, UNKNOWN, Office

LATER = timedelta(hours=5)
LIST = "all@lists.example.com"
ROWS = 25


class Died(Exception):
    """A process was killed when the relay had some of its mails."""


class Mortal(FakeMailer):
    """A relay that says what it is told to; `None` is the death of who speaks to it, after the mail was taken."""

    def __init__(self, says: list[Result | None]) -> None:
        super().__init__()
        self.says = says
        self.doubts: Counter[str] = Counter()

    def _take(self, recipient: str, parcel: object) -> Result:
        said = self.says.pop() if self.says else ACCEPTED
        if said is None or said.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN):
            self.mails.append((recipient, b""))
        if said is None:
            raise Died
        if said is UNKNOWN:
            self.doubts[recipient] += 1
        return said


def a_storm(said: list[Result | None], *, together: bool) -> tuple[Office, Mortal]:
    office, relay = Office(0), Mortal(said)
    rows = [a_row(f"r{n:03}@example.com", to=LIST if together else "") for n in range(ROWS)]
    office.ledger.kept = {row.id: row for row in rows}
    office.publication = published(*(row.recipient for row in rows))
    return office, relay


def waiting(office: Office) -> list[Delivery]:
    return [row for row in office.ledger.kept.values() if row.state in (State.PENDING, State.SENDING)]


async def until_still(office: Office, relay: Mortal) -> Counter[str]:
    """Go on until no row waits; return of whom it was in doubt how often whether the mail went out."""
    doubts: Counter[str] = Counter()
    while waiting(office):
        try:
            await office.round(office.postman(relay))
        except Died:
            doubts.update(row.recipient for row in waiting(office) if row.state is State.SENDING)
        office.clock.advance(LATER if not relay.says else max(LEASE, timedelta(minutes=2)))
    return doubts + relay.doubts


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([ACCEPTED, RETRY, UNKNOWN, AWAY, STOP, None]), max_size=MAX_ATTEMPTS - 2), st.booleans()
)
async def test_everybody_gets_a_mail_and_another_one_only_where_it_was_in_doubt(
    said: list[Result | None], together: bool
) -> None:
    office, relay = a_storm(said, together=together)
    doubts = await until_still(office, relay)
    copies = Counter(relay.recipients())
    for row in office.ledger.kept.values():
        assert row.state is State.ACCEPTED
        assert 1 <= copies[row.recipient] <= 1 + doubts[row.recipient]
    assert office.clock.now() > NOW
