"""The messages about people who put themselves on a distribution list, and about whom a list reaches."""

from __future__ import annotations

from typing import ClassVar

from shared.contracts.base import BaseMessage, Email, Token
from shared.contracts.commands import BaseCommand
from shared.contracts.lists import list_id, subscription_id


class ChangeOptIn(BaseCommand):
    """Put somebody on a list, whatever its members are, or take that back."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "ChangeOptIn.v1"
    list_name: Token
    email: Email
    opted_in: bool

    @property
    def subject(self) -> str:
        """The subscription."""
        return subscription_id(self.list_name, self.email)


class ShowReach(BaseCommand):
    """Ask whom a list reaches in the end: how many, by which lists, and whether the asker is among them."""

    room: ClassVar[str] = "distribution"
    name: ClassVar[str] = "ShowReach.v1"
    list_name: Token

    @property
    def subject(self) -> str:
        """The list."""
        return list_id(self.list_name)


COMMANDS: tuple[type[BaseMessage], ...] = (ChangeOptIn, ShowReach)
