"""What a text should not hold when others get to read it: secrets, and personal data of people outside.

A finding says where it is and what it looks like, never what it is: `excerpt` is masked, and `id` is made with a key.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.contracts.base import NOT_BLANK, Email, Moment, Value

FindingId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class FindingKind(StrEnum):
    """Why it should not be there: it opens something, it is about somebody, or the organisation says so."""

    SECRET = "secret"  # noqa: S105 - the word for it
    PERSONAL = "personal"
    POLICY = "policy"


class Justification(Value):
    """Why something that was found may stay."""

    finding: FindingId
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), NOT_BLANK]


class Justified(Justification):
    """A justification that counts, and whose it is."""

    by: Email
    at: Moment


class Finding(Value):
    """One place of a section that looks like something that should not be there.

    `id` is the same for the same text under the same rule in the same section, whatever the revision. Lines and columns
    count from 1, columns in characters; `end_column` is the one behind the last character.
    """

    id: FindingId
    rule: str
    kind: FindingKind
    section: str
    line: int = Field(ge=1)
    column: int = Field(ge=1)
    end_line: int = Field(ge=1)
    end_column: int = Field(ge=1)
    what: str
    excerpt: str
    hint: str
    justified: Justified | None = None
