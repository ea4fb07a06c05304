"""Where a span belongs: the trace of a postmortem follows from its id, so every room knows it without being told.

Samplers decide by the last bytes of a trace's id: since it is the same everywhere, so is what they decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_W3C = TraceContextTextMapPropagator()
_WANTED: ContextVar[int | None] = ContextVar("wanted", default=None)


@dataclass(frozen=True, slots=True)
class Placed:
    """A trace (None: a new one), the span above, and spans of other traces that have to do with it."""

    trace_id: int | None
    parent: SpanContext | None
    others: tuple[SpanContext, ...]


def trace_of(postmortem_id: str) -> int:
    """Return the trace of a postmortem."""
    return int.from_bytes(sha256(postmortem_id.encode()).digest()[:16], "big")


def place(about: str | None, causes: Sequence[SpanContext]) -> Placed:
    """Return where a span belongs that comes from these, the nearest first.

    What is about a postmortem belongs in its trace: below a cause that is there too, else first in it, and linked with
    what lies elsewhere. Whatever else belongs below its cause.
    """
    wanted = trace_of(about) if about else next((each.trace_id for each in causes), None)
    parent = next((each for each in causes if each.trace_id == wanted), None)
    return Placed(wanted, parent, tuple(each for each in causes if each.trace_id != wanted))


def below(parent: SpanContext | None) -> Context:
    """Return the context of what is below a span, or of what is below nothing."""
    return trace.set_span_in_context(NonRecordingSpan(parent), Context()) if parent else Context()


def context_of(traceparent: str | None) -> SpanContext | None:
    """Read a W3C `traceparent`; None when it is none."""
    if not traceparent:
        return None
    found = trace.get_current_span(_W3C.extract({"traceparent": traceparent}, Context())).get_span_context()
    return found if found.is_valid else None


def traceparent_of(span: SpanContext) -> str:
    """Return the W3C `traceparent` of what a span causes."""
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


@contextmanager
def wanting(trace_id: int | None) -> Iterator[None]:
    """Let a span that begins in this block, with nothing above it, be the first of this trace."""
    token = _WANTED.set(trace_id)
    try:
        yield
    finally:
        _WANTED.reset(token)


class Ids(RandomIdGenerator):
    """Gives the first spans of a postmortem's trace that trace, and all others one of their own."""

    def generate_trace_id(self) -> int:
        """Return the trace that is wanted at this moment, or a new one."""
        return _WANTED.get() or super().generate_trace_id()

    def is_trace_id_random(self) -> bool:
        """Say no: some follow from what they are about, and a flag in each `traceparent` would say otherwise."""
        return False
