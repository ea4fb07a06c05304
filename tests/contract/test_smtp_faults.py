"""Whatever a relay answers, and wherever a connection breaks: what is said of a mail is true."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.distribution.adapters import SmtpMailer
from services.distribution.domain import Outcome, Parcel, Relay, Result
from tests.contract.smtp_faulty import FaultyRelay, Plan
from tests.contract.smtp_scripted import EXTENSIONS, HOST

ANSWERS = st.sampled_from([250, 250, 250, 250, 421, 450, 451, 452, 550, 552, 554])
CUTS = st.none() | st.integers(0, 1500)
PLANS = st.builds(
    lambda answers, cuts: Plan(answers, [reads for reads, _ in cuts], [writes for _, writes in cuts]),
    st.lists(ANSWERS, max_size=40),
    st.lists(st.tuples(CUTS, CUTS), max_size=6),
)
BATCHES = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=6), min_size=1, max_size=3)
MAY_HAVE_IT = {Outcome.ACCEPTED, Outcome.UNKNOWN}


def a_parcel(number: int, recipients: int) -> Parcel:
    text = b"Subject: %d\r\n\r\n.dot\r\n.\r\n" % number + b"x\r\n" * (50 * (number % 3))
    return Parcel("s@example.com", tuple(f"p{number}.{each}@example.com" for each in range(recipients)), text)


def numbered(batches: Sequence[Sequence[int]]) -> list[list[Parcel]]:
    """Parcels with a number each, so that every mail and every recipient is told apart."""
    numbers = iter(range(100))
    return [[a_parcel(next(numbers), size) for size in batch] for batch in batches]


async def deliver(
    way: str, plan: Plan, batches: list[list[Parcel]]
) -> tuple[FaultyRelay, list[tuple[Parcel, str, Result]]]:
    """Send batches one after the other, and return what was said of each recipient."""
    said = []
    async with FaultyRelay(EXTENSIONS[way], plan) as relay:
        mailer = SmtpMailer(Relay(host=HOST, port=relay.port, tls="none"), timeout=20.0)
        for batch in batches:
            rows = await mailer.send(batch)
            assert [len(row) for row in rows] == [len(parcel.recipients) for parcel in batch]
            said += [
                (parcel, recipient, result)
                for parcel, row in zip(batch, rows, strict=True)
                for recipient, result in zip(parcel.recipients, row, strict=True)
            ]
        await mailer.close()
    return relay, said


@pytest.mark.parametrize("way", EXTENSIONS)
@settings(max_examples=150, deadline=None)
@given(plan=PLANS, batches=BATCHES)
def test_accepted_is_only_what_was_taken_and_what_was_taken_is_accepted_or_unknown(
    way: str, plan: Plan, batches: list[list[int]]
) -> None:
    relay, said = asyncio.run(deliver(way, plan, numbered(batches)))
    taken = [(recipient, mail.mail) for mail in relay.taken for recipient in mail.recipients]
    assert relay.wrongs == []
    assert len(taken) == len(set(taken)), "nobody got a mail twice in one attempt"
    for parcel, recipient, result in said:
        has_it = (recipient, parcel.mail) in taken
        assert has_it or result.outcome is not Outcome.ACCEPTED
        assert not has_it or result.outcome in MAY_HAVE_IT
    assert {recipient for recipient, _ in taken} <= {recipient for _, recipient, _ in said}


@pytest.mark.parametrize("way", EXTENSIONS)
@settings(max_examples=50, deadline=None)
@given(refused=st.lists(st.sampled_from([250, 550]), max_size=30), batches=BATCHES)
def test_over_a_connection_that_lasts_nothing_is_unknown_and_nobody_waits(
    way: str, refused: list[int], batches: list[list[int]]
) -> None:
    _, said = asyncio.run(deliver(way, Plan(refused), numbered(batches)))
    assert {result.outcome for _, _, result in said} <= {Outcome.ACCEPTED, Outcome.FAILED, Outcome.STOP}
