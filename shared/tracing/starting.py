"""Whether traces are wanted: the standard variables of OpenTelemetry say so."""

from __future__ import annotations

import os
from collections.abc import Mapping

from shared.tracing import Tracer, use

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ENDPOINT)


class NotInstalled(Exception):
    """Traces are wanted, and what makes them is not there."""


def wanted(environment: Mapping[str, str]) -> bool:
    """Say whether there is a collector, and nothing that says not to use it."""
    if environment.get("OTEL_SDK_DISABLED", "").casefold() == "true":
        return False
    return environment.get("OTEL_TRACES_EXPORTER") != "none" and any(map(environment.get, ENDPOINTS))


def start(room: str, version: str) -> Tracer | None:
    """Begin to trace if that is wanted; return the tracer. Raises: NotInstalled."""
    if not wanted(os.environ):
        return None
    try:
        from shared.tracing.spans import Spans, provider  # noqa: PLC0415 - nobody else is to pay for it
    except ModuleNotFoundError as error:
        msg = f"{ENDPOINT}: {error.name} is not installed; pip install 'afterword[tracing]', or unset the variable"
        raise NotInstalled(msg) from error
    tracer = Spans(provider(room, version))
    use(tracer)
    return tracer
