"""The small words that answers are made of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema

Json = dict[str, Any]
Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A point in time, RFC 3339 in UTC, in the words of whoever said it."""
Address = Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]
Id = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
Words = dict[str, str]


class Answer(BaseModel):
    """What the API answers: made here, read by others, so nothing in it is checked again."""

    model_config = ConfigDict(frozen=True)


def example(content: Mapping[str, Any]) -> ConfigDict:
    """Return the configuration of a model that is shown with this example."""
    return ConfigDict(json_schema_extra={"examples": [dict(content)]})
