"""What a calendar server may answer instead of doing as asked, and what is made of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.calendar.adapters import CalDavServer, build, line, read
from services.calendar.adapters.line import SETTING
from services.calendar.adapters.outcomes import TABLE
from services.calendar.domain import Copy, Entry, ours
from services.calendar.ports import Changed
from shared.messaging.retry import Permanent, Transient
from tests.contract import caldav_radicale
from tests.contract.caldav_scripted import Says, answering
from tests.contract.test_calendar_caldav import NEW, PRACTICE, OverCalDav

A_CALENDAR = (
    '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response><href>/pm/</href><propstat><prop>'
    "<resourcetype><collection/><C:calendar/></resourcetype><supported-report-set><supported-report><report>"
    "<sync-collection/></report></supported-report></supported-report-set></prop></propstat></response></multistatus>"
)


def report_of(token: str, name: str, *, cut_off: bool = False) -> str:
    """Build a report that tells of one entry."""
    more = "<response><href>/pm/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>" if cut_off else ""
    entry = f'<response><href>/pm/{name}</href><propstat><prop><getetag>"1"</getetag></prop></propstat></response>'
    return f'<multistatus xmlns="DAV:">{entry}{more}<sync-token>{token}</sync-token></multistatus>'


async def refused(url: str, kind: type[Exception], words: str) -> None:
    server = CalDavServer(url, PRACTICE)
    try:
        with pytest.raises(kind, match=words) as stopped:
            await server.check()
        assert "s3cret" not in str(stopped.value)
    finally:
        await server.close()


async def test_a_calendar_that_may_be_used_passes_the_check(radicale: str) -> None:
    world = OverCalDav(radicale)
    await world.server.check()
    await world.server.close()


@pytest.mark.parametrize(
    ("wrong", "right", "words"),
    [
        ("pm", "none", "there is no collection"),
        ("s3cret", "guess", "answers 401 to PROPFIND: set the right user"),
        ("afterword/pm", "afterword/?", "is no calendar"),
    ],
)
async def test_a_wrong_address_is_refused_with_what_to_do(radicale: str, wrong: str, right: str, words: str) -> None:
    url = OverCalDav(radicale).url
    await refused(url.replace(wrong, right), Permanent, f"AFTERWORD_CALDAV_URL: .*{words}")


async def test_a_user_who_may_only_read_is_refused_when_writing(radicale: str) -> None:
    url = OverCalDav(radicale).url.replace(f"//{caldav_radicale.USER}:", f"//{caldav_radicale.READER}:")
    server = CalDavServer(url, PRACTICE)
    with pytest.raises(Permanent, match=r"answers 403 to PUT: .*let that user read and write"):
        await server.create(NEW)
    await server.close()


@asynccontextmanager
async def scripted(*says: Says) -> AsyncIterator[tuple[CalDavServer, list[str]]]:
    """Run a server that answers as it is told; yields the adapter for it, and what it is asked."""
    with answering(*says) as (url, asked):
        server = CalDavServer(url, PRACTICE)
        yield server, asked
        await server.close()


def copy_of(entry: Entry) -> Copy:
    return read(build(entry), '"1"', entry.uid, PRACTICE.zone)


async def came_of(work: Awaitable[object]) -> str:
    """Return in a word what a call came to."""
    try:
        done = await work
    except Changed:
        return "changed"
    except Transient:
        return "transient"
    except Permanent as refusal:
        return "permanent" if SETTING in str(refusal) and "s3cret" not in str(refusal) else str(refusal)
    return "nothing" if done is None else "done"


ANSWERS: list[tuple[int, str, str, str]] = [
    # answer, to GET, to PUT, to REPORT
    (200, "done", "done", "permanent"),
    (201, "done", "done", "permanent"),
    (204, "done", "done", "permanent"),
    (301, "permanent", "permanent", "permanent"),
    (302, "permanent", "permanent", "permanent"),
    (303, "permanent", "permanent", "permanent"),
    (307, "permanent", "permanent", "permanent"),
    (308, "permanent", "permanent", "permanent"),
    (400, "permanent", "permanent", "permanent"),
    (401, "permanent", "permanent", "permanent"),
    (402, "permanent", "permanent", "permanent"),
    (403, "permanent", "permanent", "permanent"),
    (404, "nothing", "changed", "permanent"),
    (405, "permanent", "permanent", "permanent"),
    (408, "transient", "transient", "transient"),
    (409, "permanent", "changed", "permanent"),
    (410, "nothing", "changed", "permanent"),
    (412, "permanent", "changed", "permanent"),
    (413, "permanent", "permanent", "permanent"),
    (415, "permanent", "permanent", "permanent"),
    (418, "permanent", "permanent", "permanent"),
    (423, "transient", "transient", "transient"),
    (425, "transient", "transient", "transient"),
    (429, "transient", "transient", "transient"),
    (500, "transient", "transient", "transient"),
    (501, "permanent", "permanent", "permanent"),
    (502, "transient", "transient", "transient"),
    (503, "transient", "transient", "transient"),
    (504, "transient", "transient", "transient"),
    (507, "permanent", "permanent", "permanent"),
    (520, "transient", "transient", "transient"),
]


def test_every_answer_of_the_table_has_a_row_here() -> None:
    assert {int(status) for status in TABLE} - {207} <= {status for status, *_ in ANSWERS}


@pytest.mark.parametrize(("status", "get", "put", "report"), ANSWERS)
async def test_every_answer_passes_or_is_a_conflict_or_is_for_a_human(
    status: int, get: str, put: str, report: str
) -> None:
    async with scripted(Says(status, headers={"Location": "/elsewhere/"})) as (server, asked):
        assert await came_of(server.read(NEW.uid)) == get
        assert await came_of(server.create(NEW)) == put
        assert await came_of(server.replace(NEW, copy_of(NEW))) == put
        assert await came_of(server.changes("")) == report
        assert await came_of(server.fetch([ours(NEW.uid)], frozenset({NEW.uid}))) == report
    assert len(asked) == 5, "nothing is asked twice"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed_but_refused_at_start_and_later(status: int) -> None:
    moved = Says(status, headers={"Location": "/elsewhere/"})
    with answering(moved) as (url, asked):
        await refused(url, Permanent, "redirects; set the address where it ends up")
        assert asked == ["PROPFIND /pm/"]
    async with scripted(Says(207, A_CALENDAR), moved) as (server, asked):
        await server.check()
        with pytest.raises(Permanent, match="redirects; set the address where it ends up"):
            await server.create(NEW)
        assert asked == ["PROPFIND /pm/", f"PUT /pm/{NEW.uid}.ics"]


async def test_a_server_that_asks_for_a_rest_is_left_alone_until_then() -> None:
    async with scripted(Says(503, headers={"Retry-After": "60"})) as (server, asked):
        assert await came_of(server.create(NEW)) == "transient"
        with pytest.raises(Transient, match=r"left alone for another (59|60) seconds"):
            await server.changes("")
        assert len(asked) == 1


async def test_a_server_that_only_says_that_it_was_too_much_is_asked_again() -> None:
    async with scripted(Says(429), Says(201)) as (server, _):
        assert [await came_of(server.create(NEW)) for _ in range(2)] == ["transient", "done"]


async def test_an_answer_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "TIMEOUT_S", 0.2)
    async with scripted(Says(201, after=1.5)) as (server, _):
        assert await came_of(server.create(NEW)) == "transient"


GARBAGE = ["", "no XML at all", "<html>welcome</html>", "<multistatus", '<multistatus xmlns="DAV:"/>', "\x00\x01"]


@pytest.mark.parametrize("body", GARBAGE)
@pytest.mark.parametrize("status", [200, 207])
async def test_garbage_is_no_calendar_and_nobodys_edit(status: int, body: str) -> None:
    async with scripted(Says(status, body)) as (server, _):
        assert await came_of(server.check()) in ("permanent", "transient")
        copy = await server.read(NEW.uid) if await came_of(server.read(NEW.uid)) == "done" else None
        assert copy is None or copy.start is None


async def test_a_report_of_garbage_is_no_report() -> None:
    for body in GARBAGE[:4]:
        async with scripted(Says(207, A_CALENDAR), Says(207, body)) as (server, _):
            assert await came_of(server.changes("")) in ("permanent", "transient")


async def test_a_long_report_is_asked_for_in_pieces_and_ends() -> None:
    first = report_of("t1", "a.ics", cut_off=True)
    says = [Says(207, A_CALENDAR), Says(207, first), Says(207, report_of("t2", "b.ics"))]
    async with scripted(*says) as (server, asked):
        changes = await server.changes("")
        assert (sorted(changes.etags), changes.whole, changes.token) == (["a.ics", "b.ics"], True, "sync t2")
        assert len(asked) == 3


async def test_a_server_that_cuts_off_and_gives_the_same_token_again_is_not_asked_for_ever() -> None:
    says = [Says(207, A_CALENDAR), Says(207, report_of("t1", "a.ics", cut_off=True))]
    async with scripted(*says) as (server, _):
        assert await came_of(server.changes("")) == "transient"


async def test_a_duplicate_uid_is_a_conflict_whatever_its_status() -> None:
    body = '<error xmlns="DAV:"><C:no-uid-conflict xmlns:C="urn:ietf:params:xml:ns:caldav"/></error>'
    async with scripted(Says(403, body)) as (server, _):
        assert await came_of(server.create(NEW)) == "changed"


async def test_a_server_that_is_not_there_is_waited_for() -> None:
    with answering(Says(200)) as (url, _):
        pass
    await refused(url, Transient, "does not answer")


async def test_a_weak_etag_is_not_taken_for_the_entrys() -> None:
    async with scripted(Says(201, headers={"ETag": 'W/"1"'})) as (server, _):
        assert await server.create(NEW) == ""


def test_the_server_is_our_own_and_ends_with_the_test(tmp_path: Path) -> None:
    with caldav_radicale.radicale(tmp_path) as host:
        assert caldav_radicale.request(host, "GET", "/.web/", "")[0] == 200
    with pytest.raises(OSError, match="refused"):
        caldav_radicale.request(host, "GET", "/.web/", "")
