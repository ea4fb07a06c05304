"""Spans by OpenTelemetry's SDK, for a collector that speaks OTLP over HTTP. Imported only where traces are wanted."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind

from shared.tracing import Facts, Kind, Step
from shared.tracing.placing import Ids, below, context_of, place, wanting
from shared.tracing.told import Told, bind

_KINDS = {
    Kind.SERVER: SpanKind.SERVER,
    Kind.CONSUMER: SpanKind.CONSUMER,
    Kind.PRODUCER: SpanKind.PRODUCER,
    Kind.CLIENT: SpanKind.CLIENT,
}


def provider(room: str, version: str) -> TracerProvider:
    """Return what keeps spans until they are sent; where to, and which, is in the standard variables `OTEL_*`."""
    resource = Resource.create(
        {"service.namespace": "afterword", "service.name": f"afterword-{room}", "service.version": version}
    )
    made = TracerProvider(resource=resource, id_generator=Ids())
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


class Spans:
    """The tracer of a room; see `shared.tracing.Tracer`."""

    def __init__(self, provider: trace.TracerProvider) -> None:
        self._tracer = provider.get_tracer("afterword")
        self._request: ContextVar[_Request | None] = ContextVar("request", default=None)

    @contextmanager
    def within(self, step: Step) -> Iterator[Told]:
        """Take a step."""
        span = self.begun(step, self._causes(step))
        told = Told(span)
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield told
            except Exception as error:
                told.failed(type(error).__name__)
                raise

    @contextmanager
    def inside(self, step: Step) -> Iterator[Told | None]:
        """Take a step that is told only as a part of another."""
        if not self.is_inside():
            yield None
            return
        with self.within(step) as told:
            yield told

    def happened(self, step: Step, seconds: float, failed: str = "") -> None:
        """Tell of a step that ends now."""
        span = self.begun(step, self._causes(step), time.time_ns() - int(seconds * 1e9))
        if failed:
            Told(span).failed(failed)
        span.end()

    @contextmanager
    def request(self, step: Step, *, waits: bool) -> Iterator[_Request]:
        """Answer a request."""
        asked = _Request(self, step)
        if not waits:
            asked.begin(step.about)
        before = self._request.set(asked)
        try:
            yield asked
        except Exception as error:
            asked.failed(type(error).__name__)
            raise
        finally:
            self._request.reset(before)
            asked.end()

    def is_inside(self) -> bool:
        """Say whether a step is on its way here that is told."""
        here = self._here()
        return here is not None and here.trace_flags.sampled

    def begun(self, step: Step, causes: Sequence[SpanContext], since: int | None = None) -> trace.Span:
        """Begin a span where it belongs, now or at a time (nanoseconds)."""
        placed = place(step.about, causes)
        about = {"afterword.postmortem.id": step.about} if step.about else {}
        with wanting(placed.trace_id):
            return self._tracer.start_span(
                step.name,
                context=below(placed.parent),
                kind=_KINDS[step.kind],
                attributes={**step.facts, **about},
                links=[Link(each) for each in placed.others],
                start_time=since,
            )

    def _causes(self, step: Step) -> list[SpanContext]:
        """Where a step comes from: in a request that is the request, and what came with it is its own matter."""
        if asked := self._request.get():
            asked.begin(step.about)
        here = self._here()
        given = None if asked else context_of(step.cause)
        return list({(each.trace_id, each.span_id): each for each in (given, here) if each}.values())

    def _here(self) -> SpanContext | None:
        found = trace.get_current_span().get_span_context()
        if found.is_valid:
            return found
        asked = self._request.get()
        return asked.context if asked else None


class _Request:
    """A request, which gets its place at once or as soon as it is known what it is about; see `shared.tracing.Asked`.

    It is not the current span, as those of `within` are: it may be begun deep inside of what it is to be above of.
    """

    def __init__(self, spans: Spans, step: Step) -> None:
        self._spans = spans
        self._step = step
        self._since = time.time_ns()
        self._span: trace.Span | None = None

    @property
    def context(self) -> SpanContext | None:
        """Its place; None as long as it waits for one."""
        return self._span.get_span_context() if self._span else None

    @property
    def traceparent(self) -> str | None:
        """What goes with what it causes; None as long as it waits."""
        return Told(self._span).traceparent if self._span else None

    def begin(self, about: str | None) -> trace.Span:
        """Give it its place if it has none."""
        if self._span is None:
            given = context_of(self._step.cause)
            step = replace(self._step, about=about)
            self._span = self._spans.begun(step, [given] if given else [], self._since)
            bind(self._span)
        return self._span

    def name(self, name: str) -> None:
        """Call it otherwise."""
        self.begin(None).update_name(name)

    def add(self, facts: Facts) -> None:
        """Tell more of it."""
        Told(self.begin(None)).add(facts)

    def failed(self, why: str) -> None:
        """Tell that it failed."""
        Told(self.begin(None)).failed(why)

    def end(self) -> None:
        """It is answered."""
        self.begin(None).end()
