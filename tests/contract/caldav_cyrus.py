"""A real Cyrus of our own, for whoever has its Debian packages: everything it needs lies in one folder."""

from __future__ import annotations

import imaplib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import MULTI_STATUS
from pathlib import Path

from tests.contract.caldav_radicale import PASSWORD, READER, USER, free_port, request, wait_for
from tests.helpers.long_run import ALL

HOME = f"/dav/calendars/user/{USER}/"
PROGRAMS = Path("/usr/lib/cyrus/bin")
NEEDED = (PROGRAMS / "httpd", PROGRAMS / "imapd", Path("/usr/sbin/saslpasswd2"))
SETTINGS = """\
configdirectory: {folder}/conf
proc_path: {folder}/conf/proc
mboxname_lockpath: {folder}/conf/lock
defaultpartition: default
partition-default: {folder}/spool
unixhierarchysep: yes
virtdomains: off
admins: cyrus
autocreate_quota: 0
autocreate_post: yes
sievedir: {folder}/conf/sieve
httpmodules: caldav
caldav_create_default: yes
caldav_allowcalendaradmin: yes
caldav_allowscheduling: on
calendar_user_address_set: example.com
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {folder}/passwords
sasl_mech_list: PLAIN LOGIN
servername: localhost
"""
SERVICES = """\
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {folder}/settings -r"
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {folder}/settings" listen="127.0.0.1:{imap}" prefork=0
  http cmd="{programs}/httpd -C {folder}/settings" listen="127.0.0.1:{http}" prefork=0
}}
EVENTS {{
}}
"""


def missing() -> str:
    """Return why Cyrus is not run here; empty when it is."""
    if not ALL:
        return "Cyrus is tried in the long run: make faults"
    if os.geteuid() != 0:
        return "Cyrus is started as root"
    if absent := [str(path) for path in NEEDED if not path.exists()]:
        return f"no {absent[0]}: apt-get install cyrus-caldav cyrus-imapd sasl2-bin"
    return ""


@contextmanager
def cyrus(folder: Path) -> Iterator[str]:
    """Run Cyrus for as long as the context is open; yields its address. Its users are those of the other servers."""
    http, imap = free_port(), free_port()
    for name in ("conf/db", "conf/proc", "conf/lock", "conf/socket", "conf/sieve", "conf/log", "conf/msg", "spool"):
        (folder / name).mkdir(parents=True)
    (folder / "settings").write_text(SETTINGS.format(folder=folder))
    (folder / "services").write_text(SERVICES.format(folder=folder, programs=PROGRAMS, http=http, imap=imap))
    for user in ("cyrus", USER, READER):
        command = ["saslpasswd2", "-p", "-c", "-f", str(folder / "passwords"), "-u", "localhost", user]
        subprocess.run(command, input=PASSWORD.encode(), check=True)
    _let_in(folder)
    places = ["-C", folder / "settings", "-M", folder / "services", "-p", folder / "conf" / "pid"]
    command = [_master(), *map(str, places), "-D"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(http, server, folder / "log")
        wait_for(imap, server, folder / "log")
        host = f"127.0.0.1:{http}"
        _trying(lambda: _make_users(imap))
        _trying(lambda: all(request(host, "PROPFIND", home, "")[0] == MULTI_STATUS for home in (HOME,) * 3))
        yield host
    finally:
        server.terminate()  # it ends its children itself
        server.wait()


def imap_port(folder: Path) -> int:
    """Return the port at which the Cyrus in a folder speaks IMAP."""
    found = re.search(r"imapd .*listen=\"127.0.0.1:(\d+)\"", (folder / "services").read_text())
    assert found
    return int(found[1])


def _master() -> str:
    return shutil.which("cyrmaster") or str(PROGRAMS / "master")


def _let_in(folder: Path) -> None:
    """Give the folder to the user that Cyrus runs as, and let that user through to it."""
    subprocess.run(["chown", "-R", "cyrus:", folder], check=True)
    for above in folder.parents:
        if above.stat().st_uid == os.geteuid() and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)


def _make_users(port: int) -> bool:
    """Make mailboxes: a user has calendars once they have one."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=30) as line:
        line.login("cyrus", PASSWORD)
        for user in (USER, READER):
            line.create(f"user/{user}")
    return True


def _trying(work: Callable[[], bool]) -> None:
    """Return when something works: services are started as they are asked for, and refuse until then."""
    deadline = time.monotonic() + 30
    while True:
        with suppress(OSError, imaplib.IMAP4.error):
            if work():
                return
        if time.monotonic() > deadline:
            msg = "Cyrus did not start to work"
            raise RuntimeError(msg)
        time.sleep(0.2)
