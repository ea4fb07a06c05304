"""A real Radicale of our own: started on a free port with a folder of its own, stopped by its process id."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

USER, PASSWORD = "afterword", "s3cret/with:signs"
READER = "reader"
HOME = f"/{USER}/"
RIGHTS = """
[bot]
user: afterword
collection: .*
permissions: RrWw
[readers]
user: .+
collection: .*
permissions: Rr
"""
CONFIG = """
[server]
hosts = 127.0.0.1:{port}
max_connections = 20
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = from_file
file = {folder}/rights
[storage]
filesystem_folder = {folder}/collections
[logging]
level = warning
"""
MAKE_CALENDAR = """<?xml version="1.0"?><mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop>
<resourcetype><collection/><C:calendar/></resourcetype><displayname>Incident Postmortem Meetings</displayname>
</prop></set></mkcol>"""


@contextmanager
def radicale(folder: Path) -> Iterator[str]:
    """Run Radicale for as long as the context is open; yields its address without user and path."""
    port = free_port()
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n{READER}:{PASSWORD}\n")
    (folder / "rights").write_text(RIGHTS)
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", str(folder / "config")], stdout=log, stderr=log
        )
    try:
        wait_for(port, server, folder / "log")
        yield f"127.0.0.1:{port}"
    finally:
        server.kill()  # nobody needs its data again, and on a busy machine its orderly end takes its time
        server.wait()


def make_calendar(host: str, name: str, home: str = HOME) -> str:
    """Make an empty calendar; return its address with user and password, as the setting wants it."""
    request(host, "MKCOL", home, "")
    request(host, "MKCOL", f"{home}{name}/", MAKE_CALENDAR, **{"Content-Type": "application/xml"})
    return f"http://{USER}:{PASSWORD.replace('/', '%2F').replace(':', '%3A')}@{host}{home}{name}/"


def request(host: str, method: str, path: str, body: str, **headers: str) -> tuple[int, str]:
    """Ask the server as a person's client would; return status and body."""
    token = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    ask = urllib.request.Request(
        f"http://{host}{path}",
        data=body.encode() or None,
        method=method,
        headers={"Authorization": f"Basic {token}", **headers},
    )
    try:
        with urllib.request.urlopen(ask, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when a server that was started listens. Raises: RuntimeError with its log."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and server.poll() is None:
        with socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    msg = f"the calendar server did not start: {log.read_text()}"
    raise RuntimeError(msg)
