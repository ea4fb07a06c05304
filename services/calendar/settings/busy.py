"""Where people's own calendars are: `[calendar] busy`, an address with `{email}` in it, or one a person."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Tag

from shared.contracts.base import Email, Url


def is_collection(url: str) -> str:
    """Return the address of a collection. Raises: ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path.endswith("/"):
        msg = "must be http(s)://host/collection/ with the slash at its end"
        raise ValueError(msg)
    return url


def is_template(url: str) -> str:
    """Return an address that has a place for a person. Raises: ValueError."""
    if "{email}" not in url and "{user}" not in url:
        msg = "must have {email} or {user} in it, the place of a person: https://host/{email}/"
        raise ValueError(msg)
    return is_collection(url)


def _without_account(url: str) -> str:
    if urlsplit(url).username is not None:
        msg = "an account does not belong into the policy; set AFTERWORD_CALDAV_BUSY_URL with it"
        raise ValueError(msg)
    return url


_Address = Annotated[Url, AfterValidator(is_collection), AfterValidator(_without_account)]
_Template = Annotated[Url, AfterValidator(is_template), AfterValidator(_without_account)]


def _which(value: object) -> str:
    return "template" if isinstance(value, str) else "people"


BusyCalendars = Annotated[
    Annotated[_Template, Tag("template")] | Annotated[dict[Email, _Address], Tag("people")], Discriminator(_which)
]
