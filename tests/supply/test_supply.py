"""What is said of the libraries, against a feed of our own; and that the bill of materials has all of them."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.helpers.python_tool import REPOSITORY
from tests.supply import auditing, bill

pytestmark = pytest.mark.timeout(300)  # the first one installs the tools
LOCK = "aio-pika==10.2.1 \\\n    --hash=sha256:{0}\npydantic==2.14.0 \\\n    --hash=sha256:{0}\n".format("0" * 64)
KNOWN = {
    "id": "PYSEC-2026-1",
    "summary": "made up",
    "details": "made up",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "aio-pika", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "10.2.2"}]}],
        }
    ],
}


class Feed(BaseHTTPRequestHandler):
    """Knows something against one library."""

    against = "aio-pika"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = {"vulns": [KNOWN]} if asked["package"]["name"] == self.against else {}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Calm(Feed):
    against = "nothing"


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(LOCK)
    return path


def test_a_library_that_is_known_to_be_vulnerable_fails_the_check(lock: Path) -> None:
    with serving(Feed) as feed:
        words, good = auditing.audited(lock, feed)
    assert not good
    assert "aio-pika 10.2.1: PYSEC-2026-1, fixed in 10.2.2" in words
    assert "pydantic" not in words


def test_libraries_against_which_nothing_is_known_pass(lock: Path) -> None:
    with serving(Calm) as feed:
        assert auditing.audited(lock, feed) == ("Libraries: nothing is known against these 2", True)


def test_where_no_feed_answers_it_passes_and_says_that_nothing_was_looked_up(lock: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        words, good = auditing.audited(lock, f"http://127.0.0.1:{nobody.getsockname()[1]}/v1/query")
    assert (good, "nothing was looked up: no feed answers" in words) == (True, True)


def test_what_is_no_matter_of_the_feed_is_no_pass(tmp_path: Path) -> None:
    words, good = auditing.audited(tmp_path / "missing.txt", "http://127.0.0.1:9/v1/query")
    assert (good, "missing.txt" in words) == (False, True)


def test_the_bill_has_what_the_lock_file_has(tmp_path: Path) -> None:
    first, again = (bill.write(tmp_path / name).read_bytes() for name in ("a.json", "b.json"))
    told = json.loads(first)
    locked = {line.partition("==")[0] for line in auditing.LOCK.read_text().splitlines() if "==" in line}
    assert told["bomFormat"] == "CycloneDX"
    assert {each["name"] for each in told["components"]} == locked
    assert all(each["externalReferences"][0]["hashes"] for each in told["components"])
    assert (told["metadata"]["component"]["name"], first) == ("afterword", again)
    assert bill.BILL.parent == REPOSITORY / ".local"
