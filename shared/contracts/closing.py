"""The message that ends a postmortem's own work: what follows from the incident is filed."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from shared.contracts.base import Message, Moment


class PostmortemClosed(Message):
    """The report is out, and each of its action items is filed where work is tracked, or settled. Said by distribution.

    Said once: items that are added later are followed up without it.
    """

    name: ClassVar[str] = "PostmortemClosed.v1"
    revision: int = Field(ge=1)
    items: int = Field(ge=1)
    closed_at: Moment


EVENTS: tuple[type[Message], ...] = (PostmortemClosed,)
