"""What tells of people outside: their addresses, phone numbers, accounts and cards; each looked at closer by its rules.

IP addresses are left out: in a postmortem they are servers, hardly ever people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from stdnum import iban, luhn

EMAIL = r"(?:^|mailto:|[^\w.:/@+%=-])([A-Za-z0-9][\w.+%-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})\b"
PHONE = r"(?:^|tel:|[^\w+/.:=-])(\+[1-9]\d{0,3}[ ./()\d-]{6,18}\d)\b"
IBAN = r"\b([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)\b"
CARD = r"(?:^|[^\w.:/=+-])((?:\d{4}[ -]?){3}\d{4}|3[47]\d{2}[ -]?\d{6}[ -]?\d{5})\b"
_ISSUED = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}"
    r"|35(?:2[89]|[3-8]\d)\d{12}"
)
"""Numbers that Visa, Mastercard, American Express, Discover and JCB give out."""
_RESERVED = re.compile(r"(?:.*\.)?(?:example\.(?:com|net|org)|example|test|invalid|localhost|local|internal)")
"""RFC 2606, RFC 6762 and what networks call themselves: nobody's address."""
_NO_DOMAIN = frozenset(
    {"png", "jpg", "jpeg", "gif", "svg", "webp", "service", "socket", "timer", "mount", "target", "slice"}
)
"""What `image@2x.png` and `getty@tty1.service` end in."""
_NOBODY = re.compile(
    r"abuse|git|hg|hostmaster|info|mailer-daemon|marketing|news|(?:do-?not|no)-?reply|noc|postmaster|root|sales|security"
    r"|support|svn|webmaster"
)
"""Mailboxes that no person is (RFC 2142), and programs."""


@dataclass(frozen=True, slots=True)
class Company:
    """Who is inside: its domains, with all below them, and single addresses."""

    domains: frozenset[str]
    addresses: frozenset[str] = frozenset()

    def is_outside(self, email: str) -> bool:
        """Say whether this is the address of a person who is not inside."""
        mailbox, _, domain = email.casefold().partition("@")
        if email.casefold() in self.addresses or _NOBODY.fullmatch(mailbox.partition("+")[0]):
            return False
        above = {domain, *(domain[n + 1 :] for n, c in enumerate(domain) if c == ".")}
        return not (above & (self.domains | _NO_DOMAIN) or _RESERVED.fullmatch(domain))


def is_phone(number: str) -> bool:
    """Say whether it is a number that is given out in its country."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


def is_iban(number: str) -> bool:
    """Say whether the check digits, and what its country says of them, are right."""
    return bool(iban.is_valid(number))


def is_card(number: str) -> bool:
    """Say whether an issuer has such numbers, and the check digit is right."""
    digits = number.replace(" ", "").replace("-", "")
    return bool(_ISSUED.fullmatch(digits)) and bool(luhn.is_valid(digits))
