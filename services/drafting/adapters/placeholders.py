"""What stands for a secret and is none: `<token>`, `${DB_PASSWORD}`, `***`, `changeme`."""

from __future__ import annotations

import re

from detect_secrets.filters import heuristic

_STANDS_FOR_ONE = re.compile(
    r"[\W_x]*|(?:your|my|the|some|insert|dummy|fake|sample|example|redacted|removed|masked|hidden)(?:[-_. ].*)?"
    r"|changeme|change[-_]me|pass(?:word|wd)?|secret|token|null|none|true|false|.*(?:redacted|placeholder|\*\*\*|\.\.\.|…).*",
    re.IGNORECASE | re.DOTALL,
)
_VARIABLE = re.compile(r"\$[A-Za-z_{(]|[<{%]")
_WORDS = re.compile(r"[a-z_./:-]*|[A-Z_]*|[A-Za-z_./:-]*[/:][A-Za-z_./:-]*")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[./~]", re.IGNORECASE)
LONGEST = 300
"""No placeholder is longer; what is, is not looked at any closer."""


def is_no_placeholder(text: str) -> bool:
    """Say whether it may be the thing itself."""
    if len(text) > LONGEST:
        return True
    password = text.rpartition(":")[2].rstrip("@")
    return not (heuristic.is_templated_secret(text) or _is_stand_in(text) or _is_stand_in(password))


def _is_stand_in(text: str) -> bool:
    return bool(_VARIABLE.match(text) or _STANDS_FOR_ONE.fullmatch(text)) or heuristic.is_sequential_string(text)


def is_given(text: str) -> bool:
    """Say whether a value in quotes may be a secret: no placeholder, no plain words."""
    return is_no_placeholder(text) and not _WORDS.fullmatch(text)


def is_drawn(text: str) -> bool:
    """Say whether a value without quotes may be a secret: no placeholder, no address, letters and digits."""
    mixed = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    return mixed and is_given(text) and not _ADDRESS.match(text)
