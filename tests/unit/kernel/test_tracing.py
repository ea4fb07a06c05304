"""Spans and where they belong, with OpenTelemetry's SDK and an exporter that keeps them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from shared.contracts.base import postmortem_id
from shared.contracts.events import MeetingEnded
from shared.contracts.lists import DistributionList, ListChanged
from shared.messaging.envelope import Unsaid, caused_by, unsaid
from shared.messaging.traced import handling, saying
from shared.testing import received
from shared.tracing import Kind, Step, use
from shared.tracing.placing import Ids, context_of, trace_of
from shared.tracing.spans import Spans
from shared.tracing.starting import wanted
from tests.helpers.builders import NOW, PM

ROOT = Path(__file__).resolve().parents[3]
TRACE = trace.format_trace_id(trace_of(PM))
ELSEWHERE = "0af7651916cd43dd8448eb211c80319c"
CALLERS = f"00-{ELSEWHERE}-b7ad6b7169203331-01"
ENDED = MeetingEnded(postmortem_id=PM, uid="u", ended_at=NOW)
LISTED = ListChanged(list=DistributionList(name="everybody"), version=1, origin="api")
QUEUE = "review.MeetingEnded.v1"
ASKED = Step(name="POST", kind=Kind.SERVER, cause=CALLERS)
LOOK = Step(name="find reviews", kind=Kind.CLIENT)


class Kept:
    """A tracer, and the spans that have ended."""

    def __init__(self, share: float = 1.0) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider(id_generator=Ids(), sampler=ParentBasedTraceIdRatio(share))
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = Spans(provider)

    def one(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.exporter.get_finished_spans() if span.name == name]
        return found

    def count(self) -> int:
        return len(self.exporter.get_finished_spans())


@pytest.fixture
def kept() -> Iterator[Kept]:
    kept = Kept()
    use(kept.tracer)
    yield kept
    use(None)


def said(traceparent: str | None = None) -> Unsaid:
    return unsaid(ENDED, id="e-1", room="calendar", time=NOW, correlation_id="c-1", traceparent=traceparent)


def trace_in(traceparent: str | None) -> str:
    return (traceparent or "").split("-")[1]


def place_of(span: ReadableSpan) -> tuple[str, str]:
    context = span.get_span_context()
    assert context
    return trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)


def above(span: ReadableSpan) -> str | None:
    return trace.format_span_id(span.parent.span_id) if span.parent else None


def linked(span: ReadableSpan) -> list[str]:
    return [trace.format_trace_id(link.context.trace_id) for link in span.links]


def test_what_is_said_of_a_postmortem_without_a_cause_is_first_in_its_trace(kept: Kept) -> None:
    with saying(said()) as message:
        assert trace_in(message.traceparent) == TRACE
    span = kept.one("send MeetingEnded.v1")
    assert (above(span), linked(span), span.kind) == (None, [], trace.SpanKind.PRODUCER)


def test_hearing_is_below_saying_and_what_follows_stands_in_the_outbox_below_hearing(kept: Kept) -> None:
    with saying(said()) as message:
        pass
    with handling(replace(received(ENDED), traceparent=message.traceparent), QUEUE) as at_hand:
        (row,) = caused_by(at_hand.received, (ENDED,), "review", NOW)
    hearing = kept.one(f"process {QUEUE}")
    assert (above(hearing), hearing.kind) == (place_of(kept.one("send MeetingEnded.v1"))[1], trace.SpanKind.CONSUMER)
    kept.exporter.clear()
    with saying(row):  # by a sweep, perhaps, of another process
        pass
    assert above(kept.one("send MeetingEnded.v1")) == place_of(hearing)[1]


def test_a_message_with_a_trace_of_elsewhere_is_handled_in_the_postmortems_and_linked(kept: Kept) -> None:
    with handling(replace(received(ENDED), traceparent=CALLERS), QUEUE):
        pass
    span = kept.one(f"process {QUEUE}")
    assert (place_of(span)[0], above(span), linked(span)) == (TRACE, None, [ELSEWHERE])


def test_what_is_about_no_postmortem_stays_in_the_trace_of_its_cause(kept: Kept) -> None:
    with handling(replace(received(LISTED), traceparent=CALLERS), "gateway.ListChanged.v1") as at_hand:
        pass
    span = kept.one("process gateway.ListChanged.v1")
    assert (place_of(span)[0], above(span), linked(span)) == (ELSEWHERE, "b7ad6b7169203331", [])
    assert trace_in(at_hand.received.traceparent) == ELSEWHERE


def test_a_message_that_fails_tells_the_name_of_the_error_and_not_its_words(kept: Kept) -> None:
    with handling(received(ENDED), QUEUE) as at_hand:
        at_hand.failed(ValueError("sample@example.com cannot be read"))
    span = kept.one(f"process {QUEUE}")
    assert span.attributes
    assert span.attributes["error.type"] == "ValueError"
    assert (span.status.is_ok, span.status.description, len(span.events)) == (False, None, 0)


def test_a_request_at_the_door_is_placed_by_what_it_says_and_keeps_the_time_at_which_it_came(kept: Kept) -> None:
    with kept.tracer.request(ASKED, waits=True) as asked:
        assert not kept.tracer.is_inside()
        with saying(said(traceparent=CALLERS)):
            pass
        asked.name("POST /v1/webhooks/{source}")
    span, message = kept.one("POST /v1/webhooks/{source}"), kept.one("send MeetingEnded.v1")
    assert (place_of(span)[0], linked(span)) == (TRACE, [ELSEWHERE])
    assert (above(message), linked(message)) == (place_of(span)[1], [])
    assert span.start_time
    assert message.start_time
    assert span.start_time <= message.start_time


def test_a_request_that_says_nothing_of_a_postmortem_is_its_callers(kept: Kept) -> None:
    with kept.tracer.request(ASKED, waits=True):
        pass
    assert (place_of(kept.one("POST"))[0], above(kept.one("POST"))) == (ELSEWHERE, "b7ad6b7169203331")


def test_a_request_that_tells_of_several_incidents_is_in_the_trace_of_the_first_and_linked_from_the_others(
    kept: Kept,
) -> None:
    other = postmortem_id("pagerduty", "another")
    with kept.tracer.request(ASKED, waits=True):
        with saying(said()):
            pass
        with saying(replace(said(), subject=other, name="MeetingScheduled.v1")):
            pass
    second = kept.one("send MeetingScheduled.v1")
    assert place_of(kept.one("POST"))[0] == TRACE
    assert (place_of(second)[0], linked(second)) == (trace.format_trace_id(trace_of(other)), [TRACE])


def test_a_request_that_breaks_is_told_as_failed(kept: Kept) -> None:
    with pytest.raises(LookupError), kept.tracer.request(replace(ASKED, about=PM), waits=False):
        raise LookupError("sample@example.com")
    assert not kept.one("POST").status.is_ok


def test_looks_that_are_part_of_nothing_are_not_told_and_others_are_inside(kept: Kept) -> None:
    with kept.tracer.inside(LOOK) as nothing:
        assert nothing is None
    with handling(received(ENDED), QUEUE):
        kept.tracer.happened(LOOK, 0.5, "WriteConflict")
        with kept.tracer.inside(replace(LOOK, name="PUT calendar")) as told:
            assert told
            told.add({"http.response.status_code": 201})
    look = kept.one("find reviews")
    assert above(look) == above(kept.one("PUT calendar")) == place_of(kept.one(f"process {QUEUE}"))[1]
    assert look.start_time
    assert look.end_time
    assert look.end_time - look.start_time >= 500_000_000
    assert not look.status.is_ok


def test_all_rooms_take_the_same_share_of_the_postmortems() -> None:
    shares = []
    for _ in range(2):
        kept, taken = Kept(share=0.3), set[str]()
        for n in range(300):
            id = postmortem_id("pagerduty", str(n))
            kept.tracer.happened(replace(LOOK, about=id), 0.0)
            if kept.count() > len(taken):
                taken.add(id)
        shares.append(taken)
    assert shares[0] == shares[1]
    assert 50 < len(shares[0]) < 130


@pytest.mark.parametrize("nonsense", ["", "nonsense", f"00-{'0' * 32}-b7ad6b7169203331-01", "00-1-2-01"])
def test_a_traceparent_that_is_none_is_passed_over(nonsense: str) -> None:
    assert context_of(nonsense) is None


@pytest.mark.parametrize(
    ("environment", "is_wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_the_standard_variables_say_whether_traces_are_wanted(environment: dict[str, str], is_wanted: bool) -> None:
    assert wanted(environment) is is_wanted


def python(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_without_a_collector_neither_the_sdk_nor_the_api_is_imported() -> None:
    program = (
        "import sys, services.review.app, shared.room; shared.room.start_tracing('review');"
        "sys.exit(any(name.startswith(('opentelemetry.sdk', 'opentelemetry.trace')) for name in sys.modules))"
    )
    assert python(program).returncode == 0


def test_a_collector_without_the_packages_that_speak_to_it_is_said_at_the_start() -> None:
    program = (
        "import sys; sys.modules['opentelemetry.sdk.trace'] = None;"
        "import shared.room; shared.room.start_tracing('review')"
    )
    ended = python(program, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")
    assert ended.returncode == 1
    assert "pip install 'afterword[tracing]'" in ended.stderr
