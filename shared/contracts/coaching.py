"""The messages about how a postmortem is told: what each revision is remarked on, and what people dismiss of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from shared.contracts.base import BaseMessage, Email, Message, Moment, Value
from shared.contracts.commands import BaseCommand, Command
from shared.contracts.skipping import Reason

RemarkId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class RemarkSeverity(StrEnum):
    """How much a remark weighs; only an error may ever hold an approval back, and only where a policy says so."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Dismissal(Value):
    """Who said that a remark is not for this text, when, and why."""

    by: Email
    at: Moment
    reason: Reason


class Remark(Value):
    """One remark on how something is told, and what to consider in its place.

    `id` is the same as long as rule, section and sentence are, whatever the revision. Lines and columns count from 1,
    columns in characters; `end_column` is the one behind the last character. `words` are the author's own, cut when
    they are many, empty when something is missing. `family` is what the rule is about, `bias` what lies behind it.
    """

    id: RemarkId
    section: str
    line: int = Field(ge=1)
    column: int = Field(ge=1)
    end_line: int = Field(ge=1)
    end_column: int = Field(ge=1)
    words: str = ""
    rule: str
    family: str
    severity: RemarkSeverity
    message: str
    bias: str
    why: str
    rewrite: str
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


class DismissRemark(Command):
    """Say that a remark on the current revision is not for this text, and why; it holds while the sentence does."""

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "DismissRemark.v1"
    remark: RemarkId
    reason: Reason


class RestoreRemark(Command):
    """Take the dismissal of a remark back."""

    room: ClassVar[str] = "review"
    name: ClassVar[str] = "RestoreRemark.v1"
    remark: RemarkId


EVENTS: tuple[type[BaseMessage], ...] = (RevisionChecked,)
COMMANDS: tuple[type[BaseCommand], ...] = (DismissRemark, RestoreRemark)
