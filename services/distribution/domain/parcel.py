"""What is handed to a relay in one transaction. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parcel:
    """A mail and its envelope (RFC 5321 section 2.3.1): one sender, and everybody who gets the same bytes.

    `sender` is where bounces go, which need not be whom the mail is from. `envid` comes back in what a relay
    reports of the mail (RFC 3461 section 4.4); empty when nothing is to come back.
    """

    sender: str
    recipients: tuple[str, ...]
    mail: bytes
    envid: str = ""
