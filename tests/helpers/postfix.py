"""A real Postfix in a folder of its own: STARTTLS with our own certificate, AUTH, and next hops as they are wanted.

The machine's own Postfix is not touched: configuration, queue, log and port are others, and what is ended at the end is
the process that was started here. It has to be run by root, as Postfix has to.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from deploy.local.ports import free_port
from deploy.local.waiting import wait_until

HOST, NAME, USER = "127.0.0.1", "mail.example.com", "afterword"
MASTER = Path("/usr/lib/postfix/sbin/master")
START_SECONDS, STOP_SECONDS = 30, 20
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = {name}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
alias_database =
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
smtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = {name}
smtpd_sasl_security_options = noanonymous
cyrus_sasl_config_path = {folder}/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
default_transport = {everybody}
transport_maps = inline:{{ {transports} }}
"""
SERVICES = """\
{listen} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
SASL = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
sasldb_path: {folder}/sasl/users
"""


@dataclass(frozen=True)
class Postfix:
    """A relay that runs: its URL in the form of AFTERWORD_SMTP_URL, and whom to trust."""

    port: int
    password: str
    folder: Path

    @property
    def url(self) -> str:
        """The address, with an account."""
        return f"smtp://{USER}:{self.password}@{HOST}:{self.port}?starttls=required"

    @property
    def ca(self) -> Path:
        """The certificate of whoever signed its certificate."""
        return self.folder / "ca.pem"

    def log(self) -> str:
        """Return what it has logged."""
        return (self.folder / "log" / "mail.log").read_text(errors="replace")


def why_not() -> str | None:
    """Return what is missing for a Postfix here, if anything is."""
    if os.geteuid():
        return "Postfix has to be run by root"
    missing = [str(MASTER)] if not MASTER.exists() else []
    missing += [tool for tool in ("postfix", "saslpasswd2") if not shutil.which(tool)]
    return f"not installed: {', '.join(missing)}" if missing else None


@contextmanager
def postfix(everybody: str, **transports: str) -> Iterator[Postfix]:
    """Run one that hands all mail to `everybody`, as `smtp:[127.0.0.1]:2525`, save that of a domain in `transports`.

    A domain's dots are underscores there. Raises: TimeoutError, subprocess.CalledProcessError.
    """
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)  # its daemons run as somebody else
    made = Postfix(free_port(), secrets.token_hex(16), folder)
    try:
        _write(made, everybody, {name.replace("_", "."): hop for name, hop in transports.items()})
        subprocess.run(["postfix", "-c", folder, "check"], check=True, capture_output=True, timeout=START_SECONDS)
        with subprocess.Popen([MASTER, "-c", folder, "-d"], start_new_session=True) as process:
            try:
                wait_until(lambda: _greets(made.port), what="Postfix", seconds=START_SECONDS, retry=(OSError,))
                yield made
            finally:
                _end(process)
    finally:
        shutil.rmtree(folder)


def _greets(port: int) -> None:
    with smtplib.SMTP(HOST, port, timeout=10) as client:
        client.ehlo()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it, and all that it started: they are one session."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _write(made: Postfix, everybody: str, transports: Mapping[str, str]) -> None:
    folder = made.folder
    for name in ("queue", "data", "log", "sasl"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    told = ", ".join(f"{{{domain} = {hop}}}" for domain, hop in transports.items())
    main = MAIN.format(folder=folder, name=NAME, everybody=everybody, transports=told)
    (folder / "main.cf").write_text(main if transports else main.replace("inline:{  }", ""))
    (folder / "master.cf").write_text(SERVICES.format(listen=f"{HOST}:{made.port}"))
    _certify(folder)
    (folder / "sasl" / "smtpd.conf").write_text(SASL.format(folder=folder))
    users = folder / "sasl" / "users"
    command = ["saslpasswd2", "-c", "-p", "-f", str(users), "-u", NAME, USER]
    subprocess.run(command, input=made.password.encode(), check=True, timeout=START_SECONDS)
    shutil.chown(users, "postfix")


def _certify(folder: Path) -> None:
    authority = trustme.CA()
    ours = authority.issue_cert(HOST, NAME)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    ours.private_key_pem.write_to_path(str(folder / "key.pem"))
    for pem in ours.cert_chain_pems:
        pem.write_to_path(str(folder / "cert.pem"), append=True)
