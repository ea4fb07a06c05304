"""An organisation's own words for severities: the wire has five, people may call them what they like. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.base import NOT_BLANK, Severity
from shared.contracts.sections import Prompt

Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"),
    NOT_BLANK,
]


class SeverityWords(BaseModel):
    """What a severity is called: `label` where people read, `aliases` where incident tools have a free word for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Label | None = None
    description: Prompt | None = None
    aliases: tuple[Label, ...] = Field(default=(), max_length=50)


def folded(word: str) -> str:
    """Return a word as words are compared: without regard to case and spaces."""
    return " ".join(word.split()).lower()


def _told_apart(words: dict[Severity, SeverityWords]) -> dict[Severity, SeverityWords]:
    taken: dict[str, Severity] = {}
    for severity, called in words.items():
        for alias in called.aliases:
            other = taken.setdefault(folded(alias), severity)
            if other is not severity:
                msg = f"the alias {alias!r} stands for {other} and for {severity}; a word means one severity"
                raise ValueError(msg)
    return words


Severities = Annotated[dict[Severity, SeverityWords], AfterValidator(_told_apart)]
"""`[severities]` of the policy file: `sev1 = {label = "Critical", aliases = ["P0", "blocker"]}`."""


def aliases(words: Mapping[Severity, SeverityWords]) -> dict[str, Severity]:
    """Return what tools' words mean here, by the word as it is compared; a label is understood as well."""
    labels = {folded(called.label): severity for severity, called in words.items() if called.label}
    return labels | {folded(alias): severity for severity, called in words.items() for alias in called.aliases}


def labels(words: Mapping[Severity, SeverityWords]) -> dict[Severity, str]:
    """Return what people read; a severity without a word of its own is not in it."""
    return {severity: called.label for severity, called in words.items() if called.label}
