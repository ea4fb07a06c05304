"""Where returned mails are fetched, read from one URL. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

FORM = "must be imaps://user:password@host:port/folder?move=folder, or imap:// with starttls=required or off"
PORTS = {"implicit": 993, "required": 143, "off": 143}


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceMailbox:
    """An IMAP folder. `tls`: implicit (imaps), required (STARTTLS) or off; `move`: where to put what is read.

    Without `move` what is read is marked so, and stays.
    """

    host: str
    port: int
    username: str
    password: str
    folder: str = "INBOX"
    tls: str = "implicit"
    move: str = ""


def parse_mailbox(url: str) -> BounceMailbox:
    """Read `imaps://user:pass@host:port/folder?move=folder`. Raises: ValueError, without words of the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # its words would quote the URL, and a password with it
        raise ValueError(FORM) from None
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    starttls = query.get("starttls", "required")
    tls = "implicit" if parts.scheme == "imaps" else starttls
    is_whole = parts.hostname and parts.username and parts.password
    if parts.scheme not in ("imap", "imaps") or starttls not in PORTS or not is_whole:
        raise ValueError(FORM)
    return BounceMailbox(
        host=parts.hostname or "",
        port=port or PORTS[tls],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        tls=tls,
        move=query.get("move", ""),
    )
