"""One person, however their address is written."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=65536)
def person(email: str) -> str:
    """Return the address under which the accounts of one person fall together: lower case, without a plus part."""
    local, at, domain = email.lower().partition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"
