"""What tests of notices that come together share."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from services.distribution.domain import Pace
from shared.contracts.base import Owner, postmortem_id
from shared.contracts.notices import ReminderDue
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import reminder
from tests.unit.distribution.test_handlers import Room

MINUTE = timedelta(minutes=1)
PACE = Pace(at_once=2, within=60 * MINUTE)
CLEO = Owner(name="Cleo Petrov", email="cleo@example.com")
FAR = NOW + timedelta(days=30)


def about(n: int) -> dict[str, Any]:
    return {"postmortem_id": postmortem_id("x", str(n)), "title": f"Incident {n}"}


def late(n: int, **fields: Any) -> ReminderDue:
    """Return a reminder of its own postmortem, which stays true for a day."""
    return reminder("draft_late", **about(n), **fields)


def a_room(pace: Pace = PACE) -> Room:
    room = Room()
    room.deps = replace(room.deps, pace=pace)
    room.gathered.deps = room.deps
    return room


async def told(room: Room, *, by: timedelta = timedelta()) -> None:
    """Let time pass, then let timers and postmen do all there is to do."""
    room.clock.advance(by)
    for _ in range(3):
        await room.gathered.check()
        room.clock.advance(timedelta(seconds=1))
    await room.mail()


def subjects(room: Room) -> list[str]:
    return [str(mail["Subject"]) for mail in mails(room)]


def mails(room: Room) -> list[EmailMessage]:
    return [message_from_bytes(mail, policy=default) for _, mail in room.mailer.mails]


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_body(("plain",)).get_content()).replace("\r\n", "\n")  # type: ignore[union-attr]
