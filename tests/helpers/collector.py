"""A collector of traces: takes OTLP over HTTP, as rooms send it, and keeps the spans."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A span as it came over the wire; ids in hexadecimal, `parent` empty for the first of a trace."""

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    links: frozenset[str]
    facts: Mapping[str, Any]
    began: int
    ended: int
    failed: bool
    words: str
    events: int


class Collector:
    """Whatever came so far; threads of the server add to it."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[Collected] = []

    def of(self, trace: str) -> list[Collected]:
        """Return the spans of a trace as they began."""
        return sorted((span for span in list(self.spans) if span.trace == trace), key=lambda span: span.began)

    def take(self, body: bytes) -> None:
        """Keep what is in a request."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = str(_facts(resource.resource.attributes)["service.name"])
            for scope in resource.scope_spans:
                self.spans += [_collected(service, span) for span in scope.spans]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector on a port of its own for as long as the block runs."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces", self.path
            collector.take(body)
            self._answer(ExportTraceServiceResponse().SerializeToString())

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _collected(service: str, span: trace_pb2.Span) -> Collected:
    return Collected(
        service=service,
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        links=frozenset(link.trace_id.hex() for link in span.links),
        facts=_facts(span.attributes),
        began=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        words=span.status.message,
        events=len(span.events),
    )


def _facts(attributes: Any) -> dict[str, Any]:
    return {each.key: _value(each) for each in attributes}


def _value(fact: KeyValue) -> Any:
    kind = fact.value.WhichOneof("value")
    return getattr(fact.value, kind) if kind else None
