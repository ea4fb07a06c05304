"""Every entry that we write is one by the book, for our own parser, for another one, and to the last octet."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings

from services.calendar.adapters import build, merge, read
from services.calendar.adapters.vevent import line
from services.calendar.domain import Entry
from tests.calendars.entries import entries
from tests.contract.caldav_xandikos import LOCK
from tests.helpers.python_tool import installed, surroundings
from tests.helpers.rfc5545 import problems
from tests.unit.calendar.fakes import a_practice, event_in
from tests.unit.calendar.test_vevent import an_entry

ZONE = a_practice().zone
pytestmark = pytest.mark.timeout(300)


@settings(max_examples=60)
@given(entries())
def test_what_is_written_is_read_back_as_it_was(entry: Entry) -> None:
    text = build(entry)
    copy = read(text, '"1"', entry.uid, ZONE)
    assert (copy.start, copy.end, copy.status, copy.write_id) == (entry.start, entry.end, entry.status, entry.write_id)
    assert copy.is_ours
    assert {person.email for person in copy.invited} == {person.email for person in entry.attendees}
    assert all(person.ours for person in copy.invited)
    assert entry.restricted or line(entry.title) in str(event_in(text)["SUMMARY"])


@settings(max_examples=60)
@given(entries())
def test_every_line_and_property_is_as_the_standard_wants_it(entry: Entry) -> None:
    assert problems(build(entry)) == []


@settings(max_examples=40)
@given(entries(), entries())
def test_an_entry_that_was_brought_up_to_another_form_is_still_as_the_standard_wants_it(
    first: Entry, second: Entry
) -> None:
    assert problems(merge(second, read(build(first), '"1"', first.uid, ZONE))) == []


@pytest.fixture(scope="module")
def many() -> list[str]:
    """Many entries at once: the other parser lives in another process, which takes its time to start."""
    texts: list[str] = []

    @settings(max_examples=40, phases=[Phase.generate], database=None)
    @given(entries(crowds=(0, 1, 20)))
    def draw(entry: Entry) -> None:
        texts.append(build(entry))

    draw()
    return texts


def test_a_parser_that_is_not_ours_takes_every_entry_and_reads_the_same(many: list[str]) -> None:
    python = installed(LOCK)
    others = subprocess.run(
        [python, Path(__file__).parent / "parse.py"],
        input=json.dumps(many),
        capture_output=True,
        text=True,
        check=True,
        env=surroundings(python),
    )
    assert json.loads(others.stdout) == [str(event_in(text)["SUMMARY"]) for text in many]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (("VERSION:2.0\r\n", ""), "VERSION is missing"),
        (("DTSTAMP", "X-DTSTAMP"), "DTSTAMP is missing"),
        (("STATUS:TENTATIVE\r\n", "STATUS:TENTATIVE\r\nSTATUS:CONFIRMED\r\n"), "STATUS stands there 2 times"),
        (("CALSCALE:GREGORIAN", "METHOD:REQUEST"), "METHOD has no place"),
        ((";VALUE=URI", ""), "does not say VALUE=URI"),
        (("\r\n ", ""), "octets"),
        (("\r\n", "\n"), "control character"),
        (("mailto:responder", "responder"), "no address"),
        (("DTSTART:2026", "DTSTART:2036"), "ends before it starts"),
    ],
)
def test_what_is_not_as_the_standard_wants_it_is_found(damage: tuple[str, str], words: str) -> None:
    text = build(an_entry())
    assert any(words in found for found in problems(text.replace(*damage))), problems(text.replace(*damage))
