"""Where mail is handed over, read from one URL. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

PARAMETERS = frozenset({"starttls", "without"})
EXTENSIONS = frozenset({"pipelining", "chunking", "dsn", "size", "smtputf8"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where mail is handed over. `tls`: none, auto (if offered), required (STARTTLS) or implicit (smtps).

    `without` names extensions that are not used even if the relay offers them.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: str = "auto"
    without: frozenset[str] = frozenset()


def parse_relay(url: str) -> Relay:
    """Read `smtp://user:pass@host:port?starttls=auto|required|off` or `smtps://`, and `without=chunking,...`.

    Raises: ValueError.
    """
    msg = "must be smtp://user:password@host:port?starttls=auto|required|off, or smtps://"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # its words would quote the URL, and a password with a slash in it
        raise ValueError(msg) from None
    query = parse_qs(parts.query, keep_blank_values=True)
    starttls = query.get("starttls", ["auto"])[0]
    modes = {"auto": "auto", "required": "required", "off": "none"}
    is_known = query.keys() <= PARAMETERS and starttls in modes
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not is_known:
        raise ValueError(msg)
    implicit = parts.scheme == "smtps"
    return Relay(
        host=parts.hostname,
        port=port or (465 if implicit else 25),
        tls="implicit" if implicit else modes[starttls],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        without=_without(query.get("without", [])),
    )


def _without(values: list[str]) -> frozenset[str]:
    names = frozenset(name.lower() for value in values for name in value.split(","))
    if not names <= EXTENSIONS:
        msg = f"without= takes any of {', '.join(sorted(EXTENSIONS))}"
        raise ValueError(msg)
    return names
