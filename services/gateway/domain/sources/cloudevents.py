"""CloudEvents 1.0 over HTTP, for any tool that can say `IncidentReported.v1` itself.

Binary mode (attributes in `ce-` headers) and structured mode (one JSON object); a batch must be asked for by who
receives it, and we do not. The body is our own contract. It cannot sign: a bearer. `source` and `id` tell repeats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import unquote

from pydantic import Base64Bytes, Field, JsonValue, TypeAdapter

from services.gateway.domain.sources.delivery import Delivery, Told, Unsupported
from services.gateway.domain.sources.reading import Lenient
from shared.contracts.base import derived_id
from shared.contracts.events import IncidentReported

NAME = "cloudevents"
STRUCTURED = "application/cloudevents"
BATCH = "application/cloudevents-batch"
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


class _Attributes(Lenient):
    id: str = Field(min_length=1)
    source: str = Field(min_length=1)
    type: Literal["IncidentReported.v1"]
    specversion: Literal["1.0"]


class _Structured(_Attributes):
    data: JsonValue = None
    data_base64: Base64Bytes | None = None


def parse(delivery: Delivery) -> Told:
    """Return the report that the event carries.

    Raises: ValueError naming the attribute or field that cannot be understood; Unsupported for a batch.
    """
    media = delivery.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media.startswith(BATCH):
        msg = "Batches are not taken. Send each event by itself, in binary mode or as application/cloudevents+json."
        raise Unsupported(msg)
    attributes, data = _structured(delivery.body) if media.startswith(STRUCTURED) else _binary(delivery, media)
    id = derived_id(NAME, attributes.source, attributes.id)
    return [(id, IncidentReported.model_validate(data))]


def _structured(body: bytes) -> tuple[_Attributes, Any]:
    event = _Structured.model_validate_json(body)
    return event, _JSON.validate_json(event.data_base64) if event.data_base64 is not None else event.data


def _binary(delivery: Delivery, media: str) -> tuple[_Attributes, Any]:
    if media and media != "application/json" and not media.endswith("+json"):
        msg = f"content-type: {media[:100]} is no JSON; send application/json"
        raise ValueError(msg)
    return _Attributes.model_validate(_attributes(delivery.headers)), _JSON.validate_json(delivery.body)


def _attributes(headers: Mapping[str, str]) -> dict[str, str]:
    """The attributes as they were before they had to fit into headers, which percent-encode."""
    return {
        name.removeprefix("ce-"): unquote(value, errors="replace")
        for name, value in headers.items()
        if name.startswith("ce-")
    }
