"""The messages about who gets mail: the distribution lists, and who has unsubscribed from them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha1
from typing import Annotated, ClassVar, Protocol

from pydantic import AfterValidator, Field

from shared.contracts.base import NAMESPACE, BaseMessage, Email, PostmortemId, Severity, Token, Value, derived_id
from shared.contracts.commands import BaseCommand
from shared.contracts.values import Origin

MOST_MEMBERS = 10_000
INVOLVED = "involved"
"""The list that nobody has to keep: owner, people of the incident, those who approved, and readers when restricted."""


def _once(members: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(members))


Members = Annotated[tuple[Email, ...], Field(max_length=MOST_MEMBERS), AfterValidator(_once)]
"""Addresses, each once however often it was given."""
Id = PostmortemId
"""An id that is derived: a UUID, as that of a postmortem is."""


class ListMode(StrEnum):
    """How a list is mailed: a mail to each person, or one mail to the list with everybody in its envelope."""

    PERSON = "person"
    LIST = "list"


class DistributionList(Value):
    """A distribution list; without `severities` or `services` it takes every report.

    `includes` are lists whose members are its members, `owner` is who is told what goes wrong with it, and `open` says
    that people may subscribe themselves. In list mode a mail is to its `address`; without members only that gets it.
    """

    name: Token
    title: str = Field(default="", max_length=200)
    members: Members = ()
    severities: tuple[Severity, ...] = ()
    services: tuple[Token, ...] = Field(default=(), max_length=100)
    includes: tuple[Token, ...] = Field(default=(), max_length=100)
    owner: Email | None = None
    open: bool = True
    mode: ListMode = ListMode.PERSON
    address: Email | None = None


class _Hash(Protocol):
    def copy(self) -> _Hash: ...

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


def list_id(name: str) -> str:
    """The id under which a list is known, whoever computes it."""
    return derived_id("list", name)


def subscription_id(list_name: str, email: str) -> str:
    """The id of one person's subscription to one list; neither can be read out of it."""
    return derived_id("subscription", list_name, email.lower())


def subscription_ids(list_name: str, emails: Iterable[str]) -> list[str]:
    """The ids of many people's subscriptions to one list: what they share is hashed once, for long lists."""
    begun = sha1(NAMESPACE.bytes + f"subscription\0{list_name}\0".encode(), usedforsecurity=False)
    return [_version_5(begun, email.lower().encode()) for email in emails]


def _version_5(begun: _Hash, rest: bytes) -> str:
    """The UUID of version 5 (RFC 9562) of what was begun and the rest."""
    sha = begun.copy()
    sha.update(rest)
    digits = sha.hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


class PutList(BaseCommand):
    """Make a list, or replace what it is.

    `base_version` is the version that the caller saw: 0 when there was none, null for whatever stands there.
    """

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "PutList.v1"
    list: DistributionList
    base_version: int | None = Field(default=None, ge=0)

    @property
    def subject(self) -> str:
        """The list."""
        return list_id(self.list.name)


class DeleteList(BaseCommand):
    """Remove a list; one that the policy file has is again what stands there."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "DeleteList.v1"
    list_name: Token
    base_version: int | None = Field(default=None, ge=0)

    @property
    def subject(self) -> str:
        """The list."""
        return list_id(self.list_name)


class ChangeSubscription(BaseCommand):
    """Let somebody get the mail of a list, as far as they are on it, or none of it."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "ChangeSubscription.v1"
    list_name: Token
    email: Email
    subscribed: bool

    @property
    def subject(self) -> str:
        """The subscription."""
        return subscription_id(self.list_name, self.email)


class ShowSubscription(BaseCommand):
    """Ask whether somebody has unsubscribed from a list."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "ShowSubscription.v1"
    list_name: Token
    email: Email

    @property
    def subject(self) -> str:
        """The subscription."""
        return subscription_id(self.list_name, self.email)


class Unsubscribe(BaseMessage):
    """Whoever holds the link of a mail wants no more mail of its list. Neither address nor list stands in it."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "Unsubscribe.v1"
    list_id: Id
    subscription_id: Id

    @classmethod
    def address(cls) -> str:
        """The routing key: a command, though on behalf of nobody whom we know."""
        return f"{cls.room}.{cls.name}"

    @property
    def subject(self) -> str:
        """The subscription."""
        return self.subscription_id


class ListChanged(BaseMessage):
    """A list is new, is another, or is no more. Said by distribution."""

    name: ClassVar[str] = "ListChanged.v1"
    version: int = Field(ge=1)
    origin: Origin
    deleted: bool = False
    list: DistributionList

    @property
    def subject(self) -> str:
        """The list."""
        return list_id(self.list.name)


COMMANDS: tuple[type[BaseMessage], ...] = (PutList, DeleteList, ChangeSubscription, ShowSubscription, Unsubscribe)
EVENTS: tuple[type[BaseMessage], ...] = (ListChanged,)
