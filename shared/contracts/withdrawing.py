"""The messages about corrections that are given up: what is published stands again as it was."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from shared.contracts.base import BaseMessage, Moment
from shared.contracts.commands import BaseCommand, Command
from shared.contracts.events import Snapshot


class WithdrawCorrection(Command):
    """Give up the correction that is open; `base_revision` is the revision that was seen, without it whatever stands.

    `base_hash` is how its content hash begins.
    """

    room: ClassVar[str] = "drafting"
    name: ClassVar[str] = "WithdrawCorrection.v1"
    base_revision: int | None = Field(default=None, ge=1)
    base_hash: str = Field(default="", max_length=64)


class CorrectionWithdrawn(Snapshot):
    """A correction is given up; a new revision has the text that is published. Said by drafting.

    Its `correction_of` is its own number, which ends the correction's round (`puts_back`); a later one corrects it.
    """

    name: ClassVar[str] = "CorrectionWithdrawn.v1"
    withdrawn_by: str
    withdrawn_at: Moment


EVENTS: tuple[type[BaseMessage], ...] = (CorrectionWithdrawn,)
COMMANDS: tuple[type[BaseCommand], ...] = (WithdrawCorrection,)
