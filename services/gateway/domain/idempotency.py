"""The Idempotency-Key header: a structured field's string, or the same bare. Pure."""

from __future__ import annotations

import re

LONGEST = 255
FORM = r'^([!#-~][ -~]{0,254}|"([ !#-\[\]-~]|\\["\\]){1,255}")$'
"""How a key looks, bare or quoted, for those who want to know before they send one."""
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')


def bare_key(value: str) -> str:
    """Return the key itself, the same for `"k"` and `k`. Raises: ValueError for what is no key."""
    key = value.strip(" ")
    if key.startswith('"'):
        quoted = _QUOTED.fullmatch(key)
        if quoted is None:
            msg = "a quoted key ends with its quotation mark, and has a backslash before each one inside"
            raise ValueError(msg)
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    if not 1 <= len(key) <= LONGEST or not (key.isascii() and key.isprintable()):
        msg = f"a key has 1 to {LONGEST} printable ASCII characters"
        raise ValueError(msg)
    return key
