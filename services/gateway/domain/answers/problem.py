"""What an answer from 400 on looks like: RFC 9457, with our own stable names. Pure."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from services.gateway.domain.answers.shapes import Answer
from services.gateway.domain.rules import RULES


class FieldProblem(Answer):
    """One field that is at fault, and why."""

    field: str
    detail: str


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
    errors: tuple[FieldProblem, ...] = Field(default=(), description="Every field that is at fault.")
