"""Approvals that are taken back."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from shared.contracts.base import NOT_BLANK, BaseMessage, Message, Moment
from shared.contracts.commands import BaseCommand, Command
from shared.contracts.values import Approval, Reviewer

Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), NOT_BLANK]


class WithdrawApproval(Command):
    """Take back one's own approval of the current revision; `revision` is the one that was seen, if it is told."""

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "WithdrawApproval.v1"
    revision: int | None = Field(default=None, ge=1)
    reason: Why


class ApprovalWithdrawn(Message):
    """A reviewer took an approval back; `approvals` are those that are left. Said by review.

    `approval_round` is the round that begins with it: an approval that was said in an earlier one counts no more,
    whichever of the two is heard first. What is published by then stays published.
    """

    name: ClassVar[str] = "ApprovalWithdrawn.v1"
    revision: int
    content_hash: str
    reviewer: Reviewer
    approvals: tuple[Approval, ...] = ()
    approval_round: int = Field(ge=1)
    at: Moment
    reason: str = ""


EVENTS: tuple[type[BaseMessage], ...] = (ApprovalWithdrawn,)
COMMANDS: tuple[type[BaseCommand], ...] = (WithdrawApproval,)
