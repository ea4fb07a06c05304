"""What coaching remarks on in a text: where it is, what it may do to a reader, and a rewrite to consider."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from shared.contracts.base import NOT_BLANK, BaseMessage, Email, Message, Moment, Value

RemarkId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class RemarkSeverity(StrEnum):
    """How much a remark matters."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Dismissal(Value):
    """Why a remark does not hold here, and whose word that is."""

    by: Email
    at: Moment
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), NOT_BLANK]


class Remark(Value):
    """One place of a section that coaching remarks on.

    `id` is the same for the same words under the same rule in the same section, whatever the revision. Lines and
    columns count from 1, columns in characters; `end_column` is the one behind the last character.
    """

    id: RemarkId
    section: str
    line: int = Field(ge=1)
    column: int = Field(ge=1)
    end_line: int = Field(ge=1)
    end_column: int = Field(ge=1)
    words: str
    rule: str
    family: str
    severity: RemarkSeverity
    message: str
    bias: str = ""
    why: str = ""
    rewrite: str = ""
    dismissed: Dismissal | None = None


class RevisionChecked(Message):
    """All remarks on a revision. Said by review for every revision that it checks, and again when one is dismissed.

    `more` counts those that are left out, since a text can have any number; `version` counts what was said of the
    postmortem, so that of two words about one revision the higher one knows better.
    """

    name: ClassVar[str] = "RevisionChecked.v1"
    revision: int = Field(ge=1)
    content_hash: str
    remarks: tuple[Remark, ...] = ()
    more: int = Field(default=0, ge=0)
    version: int = Field(default=0, ge=0)
    at: Moment


EVENTS: tuple[type[BaseMessage], ...] = (RevisionChecked,)
