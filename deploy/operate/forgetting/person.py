"""Who is to be forgotten, and as what they stand from then on. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

DOMAIN = "forgotten.invalid"
"""Reserved by RFC 2606 for what is not there: no mail ever goes to it."""


@dataclass(frozen=True)
class Forgotten:
    """A person. `pseudonyms`: by address in lower case; `names`: as which they are known beside one of these.

    `ids`: what follows from an address, and what stands there instead. `texts`: whether addresses are replaced in what
    people wrote, too. An address with a plus part is that of the address without.
    """

    pseudonyms: Mapping[str, str]
    names: frozenset[str] = frozenset()
    ids: Mapping[str, str] = field(default_factory=dict)
    texts: bool = False

    @property
    def alias(self) -> str:
        """The name that they have from now on."""
        return next(iter(self.pseudonyms.values())).partition("@")[0]

    @cached_property
    def full_names(self) -> tuple[str, ...]:
        """Names of several words, the longest first: what is one word alone may mean something else."""
        return tuple(sorted((name for name in self.names if " " in name), key=len, reverse=True))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What finds an address of theirs in a text, also where it stands in a link, and nobody else's."""
        local = "|".join(rf"{_addressed(each)}" for each in sorted(self.pseudonyms, key=len, reverse=True))
        return re.compile(rf"(?<![A-Za-z0-9._+-])(?:{local})(?![A-Za-z0-9-]|\.[A-Za-z0-9])", re.IGNORECASE)

    @cached_property
    def raw(self) -> re.Pattern[bytes]:
        """What finds bytes that may tell of them: an address, a name, or what could be either, being escaped."""
        named = [re.escape(name.encode()) for name in sorted(self.names)]
        return re.compile(b"|".join([self.pattern.pattern.encode(), *named, rb"\\u00"]), re.IGNORECASE)

    def is_theirs(self, address: object) -> bool:
        """Say whether this is an address of theirs."""
        return isinstance(address, str) and self.pattern.fullmatch(address) is not None

    def without_addresses(self, words: str) -> str:
        """Return a text with pseudonyms in the place of addresses."""
        return self.pattern.sub(lambda found: self._pseudonym(found[0]), words)

    def _pseudonym(self, found: str) -> str:
        local, _, domain = re.sub("%40", "@", found.lower(), flags=re.IGNORECASE).partition("@")
        alone = f"{local.partition('+')[0]}@{domain}"
        pseudonym = self.pseudonyms.get(f"{local}@{domain}") or self.pseudonyms[alone]
        return pseudonym.replace("@", "%40") if "%40" in found else pseudonym


def pseudonyms(addresses: Iterable[str], random: str) -> dict[str, str]:
    """Return what stands in the place of each address; they fall together as those of one person do."""
    known = dict.fromkeys(address.strip().lower() for address in addresses)
    return {each: f"forgotten-{random}{f'+{n}' if n else ''}@{DOMAIN}" for n, each in enumerate(known)}


def _addressed(address: str) -> str:
    local, _, domain = address.partition("@")
    return rf"{re.escape(local)}(?:\+[^@\s\"'<>%]*)?(?:@|%40){re.escape(domain)}"


def dicts_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every table in a value, the inner ones too."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from dicts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from dicts_in(each)
