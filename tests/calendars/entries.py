"""Entries of every kind: whatever stands in titles and names, in every status, alone and in a crowd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from services.calendar.domain import Entry, Status, entry_of
from services.calendar.domain.meeting import topic_of
from shared.contracts.base import Owner
from shared.contracts.events import DraftCreated
from shared.contracts.values import Attendee
from tests.helpers.builders import a_draft
from tests.unit.calendar.fakes import a_practice
from tests.unit.calendar.test_domain import a_meeting

NASTY = [
    "\x07\x00",
    "a\r\nBEGIN:VEVENT",
    "🔥" * 60,
    "שלום עולם",
    "مرحبا",
    'a;b,c:"d"\\n',
    "é" * 200,
    "\u2028\u2029\x85",
    "x" * 300,
]
words = st.one_of(st.sampled_from(NASTY), st.text(min_size=1, max_size=120)).filter(lambda text: bool(text.strip()))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones


@st.composite
def entries(draw: st.DrawFn, crowds: tuple[int, ...] = (0, 0, 0, 1, 1, 500)) -> Entry:
    """Draw an entry. The title is what a contract lets through: some text that is not only white space."""
    title, name, start = draw(words), draw(words), draw(moments).replace(microsecond=0)
    crowd = tuple(
        Attendee(name=f"{number} Somebody", email=f"person{number}@example.com", required=False)
        for number in range(draw(st.sampled_from(crowds)))
    )
    meeting = a_meeting(
        draw(st.sampled_from(list(Status))),
        topic=topic_of(a_draft(DraftCreated)).model_copy(
            update={
                "title": title,
                "restricted": draw(st.booleans()),
                "owner": Owner.model_construct(name=name, email="owner@example.com"),
            }
        ),
        start=start,
        end=start + timedelta(minutes=draw(st.sampled_from([15, 60, 240]))),
        joined=crowd,
        needs_attention=draw(st.sampled_from(["", "it is after the deadline"])),
    )
    return entry_of(meeting, a_practice())
