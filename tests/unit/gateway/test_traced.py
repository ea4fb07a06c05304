"""Requests in traces, as the front door tells of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.contracts.base import postmortem_id
from shared.tracing import use
from shared.tracing.placing import Ids, trace_of
from shared.tracing.spans import Spans
from tests.helpers.front_door import Door

CALLER = "0af7651916cd43dd8448eb211c80319c"
HEADERS = {"traceparent": f"00-{CALLER}-b7ad6b7169203331-01"}
PM = postmortem_id("pagerduty", "Q2HJ7K")
ONE = f"/v1/postmortems/{PM}"


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(id_generator=Ids())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    use(Spans(provider))
    yield exporter
    use(None)


def one(exporter: InMemorySpanExporter) -> tuple[str, str, list[str], ReadableSpan]:
    """Return name, trace and linked traces of the one request there was."""
    (span,) = exporter.get_finished_spans()
    context = span.get_span_context()
    assert context
    links = [trace.format_trace_id(link.context.trace_id) for link in span.links]
    return span.name, trace.format_trace_id(context.trace_id), links, span


@pytest.mark.parametrize(
    ("method", "path", "name", "is_its_own"),
    [
        ("POST", f"{ONE}/submit", "POST /v1/postmortems/{id}/submit", True),
        ("GET", ONE, "GET /v1/postmortems/{id}", False),
        ("GET", "/v1/reviewers/ada.moreno@example.com", "GET /v1/reviewers/{email}", False),
        ("POST", "/v1/webhooks/pagerduty", "POST /v1/webhooks/{source}", False),
        ("POST", f"/no-such-page{ONE}/", "POST", True),
    ],
)
async def test_what_changes_a_postmortem_is_in_its_trace_and_all_else_in_its_callers(
    exporter: InMemorySpanExporter, method: str, path: str, name: str, is_its_own: bool
) -> None:
    answer = await Door().send(method, path, headers=HEADERS)
    told, where, links, span = one(exporter)
    own = trace.format_trace_id(trace_of(PM))
    assert (told, where, links) == (name, *((own, [CALLER]) if is_its_own else (CALLER, [])))
    assert span.attributes
    assert span.attributes["http.response.status_code"] == answer.status_code
    assert span.status.is_ok or answer.status_code < 500
    assert "ada.moreno" not in span.to_json()


@pytest.mark.parametrize("path", ["/health/live", "/metrics"])
async def test_what_is_asked_for_all_the_time_is_not_told(exporter: InMemorySpanExporter, path: str) -> None:
    await Door().send("GET", path)
    assert exporter.get_finished_spans() == ()
