"""What an answer from 400 on looks like: RFC 9457, with our own stable names. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from services.gateway.domain.answers.shapes import Answer, Instant
from services.gateway.domain.rules import RULES


class FieldProblem(Answer):
    """One field that is at fault, and why."""

    field: str
    detail: str


class Conflict(Answer):
    """One part that somebody else has changed since it was read: what stands there now, by whom and since when."""

    field: str
    revision: int | None = Field(description="The revision that it was changed in; null for what is no text.")
    changed_by: str | None
    changed_at: Instant | None
    current: Any = Field(default=None, description="Its value in that revision.")


class Problem(Answer):
    """What broke, which `field` or `rule`, and what to do (RFC 9457). Some rules say more, in fields of their own."""

    model_config = ConfigDict(json_schema_extra={"examples": [RULES["404 unknown-postmortem"].sample()]})

    type: str = Field(json_schema_extra={"format": "uri-reference"})
    title: str = Field(description="The status in words.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="For people.")
    instance: str = Field(description="The path that was asked for.")
    request_id: str = Field(description="The same as `X-Request-Id`; the log has it too.")
    rule: str = Field(description="For programs: the name of what was broken; it stays the same.")
    field: str = Field(default="", description="The field that is at fault, when it is one.")
    conflicts: tuple[Conflict, ...] = Field(default=(), description="With 412: every part that changed meanwhile.")
    errors: tuple[FieldProblem, ...] = Field(default=(), description="Every field that is at fault.")
