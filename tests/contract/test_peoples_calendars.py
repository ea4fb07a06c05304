"""People's own calendars: over a stand-in and a real server, whatever it knows, and whatever goes wrong with one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from socket import socket
from typing import Any
from urllib.parse import quote

import pytest

from services.calendar.adapters import CalDavPeople
from services.calendar.domain import Busy, Window
from services.calendar.ports import Engagements, PeoplesCalendars
from tests.contract import caldav_radicale
from tests.unit.calendar.fakes import BERLIN, FakePeople, utc

ADA, BEN = "ada@example.com", "ben@example.com"
WINDOW = Window(utc("2026-03-02T00:00"), utc("2026-03-20T00:00"), frozenset({ADA, BEN}), frozenset({ADA}))
EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260301T000000Z\r\n"
    "{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
ADAS = (
    "DTSTART:20260303T090000Z\r\nDTEND:20260303T100000Z\r\nRRULE:FREQ=WEEKLY;COUNT=2",
    "DTSTART:20260304T090000Z\r\nDTEND:20260304T100000Z\r\nTRANSP:TRANSPARENT",
    "DTSTART:20260305T090000Z\r\nDTEND:20260305T100000Z\r\nSTATUS:CANCELLED",
    "DTSTART;TZID=Europe/Berlin:20260311T090000\r\nDURATION:PT1H\r\nSTATUS:TENTATIVE",
)
BUSY = (
    Busy(utc("2026-03-03T09:00"), utc("2026-03-03T10:00"), frozenset({ADA})),
    Busy(utc("2026-03-10T09:00"), utc("2026-03-10T10:00"), frozenset({ADA})),
    Busy(utc("2026-03-11T08:00"), utc("2026-03-11T09:00"), frozenset({ADA})),
)
_numbers = count()


def calendar_of(host: str, *events: str) -> str:
    """Make a calendar with events; return its address with the account."""
    name = f"people{next(_numbers)}"
    url = caldav_radicale.make_calendar(host, name)
    for n, lines in enumerate(events):
        path = f"/{caldav_radicale.USER}/{name}/{n}.ics"
        text = EVENT.format(uid=n, lines=lines)
        status, body = caldav_radicale.request(host, "PUT", path, text, **{"Content-Type": "text/calendar"})
        assert status == 201, body
    return url


def without_account(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


async def found(people: CalDavPeople, window: Window = WINDOW) -> Engagements:
    try:
        result = await people.engagements(window)
    finally:
        await people.close()
    return Engagements(tuple(sorted(result.busy, key=lambda each: each.start)), result.unread)


@contextmanager
def before(host: str, refusing: str, status: int) -> Iterator[str]:
    """Run a server before another one, which refuses questions that have a word in them; yields its address."""

    class Before(BaseHTTPRequestHandler):
        def do_REPORT(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {"Depth": "1", "Content-Type": "application/xml"}
            refused = refusing in query
            code, body = (
                (status, "") if refused else caldav_radicale.request(host, "REPORT", self.path, query, **headers)
            )
            self.send_response(code)
            self.send_header("Content-Type", "application/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Before) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("which", ["in memory", "radicale"])
async def test_people_are_busy_with_what_takes_their_time_each_time_it_recurs(
    which: str, request: pytest.FixtureRequest
) -> None:
    if which == "in memory":
        people: PeoplesCalendars = FakePeople(
            busy=(*BUSY, Busy(utc("2026-04-01T09:00"), utc("2026-04-01T10:00"), frozenset({ADA})))
        )
        assert await people.engagements(WINDOW) == Engagements(BUSY)
        return
    url = calendar_of(request.getfixturevalue("radicale"), *ADAS)
    assert await found(CalDavPeople({ADA: without_account(url)}, (url,), BERLIN)) == Engagements(BUSY)


@pytest.mark.parametrize("status", [403, 404, 501])
async def test_a_server_without_free_busy_is_asked_for_events(radicale: str, status: int) -> None:
    declined = "DTSTART:20260306T090000Z\r\nDTEND:20260306T100000Z\r\nATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.com"
    floating = "DTSTART:20260312T090000\r\nDTEND:20260312T100000"
    all_day, hourly = "DTSTART;VALUE=DATE:20260313", "DTSTART:20260302T000000Z\r\nDURATION:PT5M\r\nRRULE:FREQ=SECONDLY"
    url = calendar_of(radicale, *ADAS, declined, floating, all_day, hourly)
    with before(radicale, "free-busy-query", status) as host:
        where = {ADA: without_account(url).replace(radicale, host)}
        answer = await found(CalDavPeople(where, (url.replace(radicale, host),), BERLIN))
    if status == 404:
        assert answer == Engagements(unread=frozenset({ADA}))
        return
    own = frozenset({ADA})
    morning = Busy(utc("2026-03-12T08:00"), utc("2026-03-12T09:00"), own)
    day_off = Busy(utc("2026-03-12T23:00"), utc("2026-03-13T23:00"), own)
    assert answer == Engagements((*BUSY, morning, day_off))


async def test_a_template_finds_everybody_and_whoever_has_no_calendar_is_told_as_unread(radicale: str) -> None:
    url = calendar_of(radicale, *ADAS)
    name = url.rstrip("/").rpartition("/")[2]
    where = without_account(url).replace(name, "{user}")
    own = Window(WINDOW.since, WINDOW.until, frozenset({f"{name}@example.com", BEN}))
    answer = await found(CalDavPeople(where, (url,), BERLIN), own)
    assert [each.start for each in answer.busy] == [each.start for each in BUSY]
    assert answer.unread == {BEN}


async def test_an_account_goes_to_its_own_server_only(radicale: str) -> None:
    url = calendar_of(radicale, *ADAS)
    elsewhere = "http://somebody:else@localhost:1/"
    answer = await found(CalDavPeople({ADA: without_account(url)}, (elsewhere,), BERLIN))
    assert answer == Engagements(unread=frozenset({ADA}))


@pytest.mark.parametrize("trouble", ["http://127.0.0.1:1/away/", "http://{host}/afterword/nobody/"])
async def test_what_is_not_there_or_away_is_told_as_unread_and_stops_nobody_else(radicale: str, trouble: str) -> None:
    url = calendar_of(radicale, *ADAS)
    where = {ADA: without_account(url), BEN: trouble.format(host=radicale)}
    assert await found(CalDavPeople(where, (url,), BERLIN)) == Engagements(BUSY, frozenset({BEN}))


@contextmanager
def silent() -> Iterator[str]:
    """Listen, and never answer; yields the address."""
    with socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        yield f"http://127.0.0.1:{deaf.getsockname()[1]}/never/"


async def test_nobody_waits_for_a_server_that_does_not_answer(radicale: str) -> None:
    url = calendar_of(radicale, *ADAS)
    with silent() as never:
        answer = await found(CalDavPeople({ADA: without_account(url), BEN: never}, (url,), BERLIN, limit_s=2))
    assert answer == Engagements(BUSY, frozenset({BEN}))


async def test_no_address_of_a_person_leads_to_another_folder() -> None:
    people = CalDavPeople("https://dav.example.com/{email}/", (), BERLIN)
    strange = "a/../b?x=#%@example.com"
    assert people._address(strange) == f"https://dav.example.com/{quote(strange, safe='@')}/"
    await people.close()


async def test_whoever_has_no_calendar_in_the_policy_is_free() -> None:
    assert await found(CalDavPeople({}, (), BERLIN)) == Engagements()
