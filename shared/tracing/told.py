"""A span as our code sees it: what it is called and what it had to do with, and never with which words it failed."""

from __future__ import annotations

import structlog
from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode

from shared.tracing import Facts
from shared.tracing.placing import traceparent_of


class Told:
    """See `shared.tracing.Span`."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """What goes with whatever it causes."""
        return traceparent_of(self._span.get_span_context())

    def add(self, facts: Facts) -> None:
        """Tell more of it."""
        self._span.set_attributes(facts)

    def failed(self, why: str) -> None:
        """Tell that it failed. The words of an error may name people, its name does not."""
        self._span.set_attribute("error.type", why)
        self._span.set_status(Status(StatusCode.ERROR))


def bind(span: trace.Span) -> None:
    """Let what is logged from here on name the trace."""
    structlog.contextvars.bind_contextvars(trace_id=trace.format_trace_id(span.get_span_context().trace_id))
