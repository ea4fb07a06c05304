"""Storms of notices, crashes and repeats: none is lost, none comes twice, and nobody is flooded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.distribution.domain import Pace
from shared.contracts.base import Owner
from shared.messaging.documents import AlreadyHandled, Conflict
from tests.unit.distribution.fakes import ADA, BEN, assigned
from tests.unit.distribution.gatherings import CLEO, MINUTE, a_room, about, mails, text_of
from tests.unit.distribution.test_handlers import Room

SECONDS_OF_A_STORM = 3 * 60 * 60


class Falls(Exception):
    """What goes wrong in between."""


def falling(room: Room, times: Iterator[bool]) -> None:
    """Let rows and commits fail as `times` say, before or after they have happened."""
    added, written, remembered = room.ledger.add, room.gatherings.write, room.documents.write

    def breaking(work: Any) -> Any:
        async def may_fail(*given: Any) -> Any:
            if next(times, False):
                raise Falls
            done = await work(*given)
            if next(times, False):
                raise Falls
            return done

        return may_fail

    room.ledger.add = breaking(added)  # type: ignore[method-assign]
    room.gatherings.write = breaking(written)  # type: ignore[method-assign]
    room.documents.write = breaking(remembered)  # type: ignore[method-assign]


async def heard(room: Room, fact: Any, id: str) -> None:
    """Hear a fact as a room does: again and again until it is done, and once more afterwards."""
    done = 0
    while done < 2:
        try:
            await room.hear(fact, id)
        except AlreadyHandled:
            done += 1
        except (Falls, Conflict):
            continue
        else:
            done += 1


STORM = st.lists(
    st.tuples(st.integers(0, SECONDS_OF_A_STORM), st.sampled_from([ADA, BEN]), st.booleans()), min_size=1, max_size=60
)


@settings(max_examples=25, deadline=None)
@given(STORM, st.lists(st.booleans(), max_size=60), st.integers(1, 4))
async def test_in_any_storm_each_notice_is_in_one_mail_or_was_no_longer_true_and_nobody_is_flooded(
    storm: list[tuple[int, Owner, bool]], trouble: list[bool], at_once: int
) -> None:
    room = a_room(Pace(at_once))
    falling(room, iter(trouble))
    begins, sent = room.clock.now(), list[tuple[datetime, str]]()
    true, perhaps = set[tuple[str, str]](), set[tuple[str, str]]()
    for n, (at, person, stays) in enumerate(sorted(storm, key=lambda each: each[0])):
        while (left := begins + timedelta(seconds=at) - room.clock.now()) > timedelta():
            room.clock.advance(min(5 * MINUTE, left))
            await looked(room, sent)
        last = person if stays else CLEO
        for step, owner in enumerate([person, last][: 1 if stays else 2]):
            fact = assigned(owner, **about(n), assigned_at=room.clock.now() + timedelta(microseconds=step))
            await heard(room, fact, f"{n} {step}")
            (true if owner is last else perhaps).add((owner.email, f"Incident {n} (SEV2)"))
    for _ in range(30):
        room.clock.advance(5 * MINUTE)
        await looked(room, sent)
    told = Counter((str(mail["To"]), title) for mail in mails(room) for title in titles(mail))
    assert set(told.values()) <= {1}
    assert true <= set(told) <= true | perhaps
    for email in {email for _, email in sent}:
        times = [at for at, recipient in sent if recipient == email]
        most = max(sum(start <= at < start + timedelta(minutes=55) for at in times) for start in times)
        assert most <= at_once  # some minutes less than an hour: a mail leaves when somebody looks


async def looked(room: Room, sent: list[tuple[datetime, str]]) -> None:
    before = len(room.mailer.mails)
    for _ in range(4):
        await room.gathered.check()
    while True:
        try:
            await room.mail()
            break
        except Falls:
            continue
    sent.extend((room.clock.now(), recipient) for recipient, _ in room.mailer.mails[before:])


def titles(mail: EmailMessage) -> list[str]:
    if "wait" not in str(mail["Subject"]):
        return [str(mail["Subject"]).partition(": ")[2]]
    return re.findall(r"^\d+\. [^:]+: (.*)$", text_of(mail), re.MULTILINE)
