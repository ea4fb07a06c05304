"""What a calendar server may answer instead of doing as asked, and what is made of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from services.calendar.adapters import CalDavServer
from shared.messaging.retry import Permanent, Transient
from tests.contract import caldav_radicale
from tests.contract.test_calendar_caldav import NEW, PRACTICE, OverCalDav


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
        ("s3cret", "guess", "answers 401; set the right user"),
        ("afterword/pm", "afterword/?", "is no calendar"),
    ],
)
async def test_a_wrong_address_is_refused_with_what_to_do(radicale: str, wrong: str, right: str, words: str) -> None:
    url = OverCalDav(radicale).url
    await refused(url.replace(wrong, right), Permanent, f"AFTERWORD_CALDAV_URL: .*{words}")


async def test_a_user_who_may_only_read_is_refused_when_writing(radicale: str) -> None:
    url = OverCalDav(radicale).url.replace(f"//{caldav_radicale.USER}:", f"//{caldav_radicale.READER}:")
    server = CalDavServer(url, PRACTICE)
    with pytest.raises(Permanent, match=r"answers 403; .*let that user read and write"):
        await server.create(NEW)
    await server.close()


@contextmanager
def answering(status: int, **headers: str) -> Iterator[tuple[str, list[str]]]:
    """Run an HTTP server that answers every request alike; yields its address and what it was asked."""
    asked: list[str] = []

    class Always(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_PUT = do_GET = do_PROPFIND = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Always) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://bot:s3cret@127.0.0.1:{server.server_port}/pm/", asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed_but_refused(status: int) -> None:
    with answering(status, Location="/elsewhere/") as (url, asked):
        await refused(url, Permanent, "redirects; set the address where it ends up")
        assert asked == ["PROPFIND /pm/"]


@pytest.mark.parametrize("status", [408, 423, 425, 429, 500, 502, 503, 507])
async def test_a_server_that_is_busy_or_broken_is_tried_again_later(status: int) -> None:
    with answering(status, Retry_After="1") as (url, asked):
        server = CalDavServer(url, PRACTICE)
        with pytest.raises(Transient):
            await server.create(NEW)
        assert asked == [f"PUT /pm/{NEW.uid}.ics"]
        await server.close()


@pytest.mark.parametrize("status", [400, 405, 415])
async def test_an_answer_that_makes_no_sense_is_for_a_human(status: int) -> None:
    with answering(status) as (url, _):
        server = CalDavServer(url, PRACTICE)
        with pytest.raises(Permanent, match=f"answers {status} to PUT"):
            await server.create(NEW)
        await server.close()


async def test_a_server_that_is_not_there_is_waited_for() -> None:
    with answering(200) as (url, _):
        pass
    await refused(url, Transient, "does not answer")


async def test_a_weak_etag_is_not_taken_for_the_entrys() -> None:
    with answering(201, ETag='W/"1"') as (url, _):
        server = CalDavServer(url, PRACTICE)
        assert await server.create(NEW) == ""
        await server.close()


def test_the_server_is_our_own_and_ends_with_the_test(tmp_path: Path) -> None:
    with caldav_radicale.radicale(tmp_path) as host:
        assert caldav_radicale.request(host, "GET", "/.web/", "")[0] == 200
    with pytest.raises(OSError, match="refused"):
        caldav_radicale.request(host, "GET", "/.web/", "")
