"""The questions that a reviewer answers beside a verdict, and what an answer is."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from shared.contracts.base import Value


class Question(StrEnum):
    """What a review looks at; the words of each stand in the gateway's `templates/checklist.toml`."""

    DETAIL = "detail"
    DEPTH = "depth"
    SEPARATION = "separation"
    ACTIONS = "actions"
    CLARITY = "clarity"
    EXTERNAL = "external"


class ChecklistAnswer(Value):
    """A reviewer's answer to one question. A "no" stops nothing: it is there for whoever reads the approval."""

    answer: Literal["yes", "no", "not_applicable"]
    note: str = Field(default="", max_length=2000)


Checklist = dict[Question, ChecklistAnswer]
