"""One incident through all five services, seen by a collector of traces: it is one trace, and tells of nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo import AUTHOR, sections, tell
from deploy.demo.driver import Driver
from deploy.local import stack
from shared.tracing.placing import trace_of
from shared.tracing.starting import ENDPOINT
from tests.helpers.collector import Collected, Collector, collecting

WAY = (
    ("afterword-gateway", "POST /v1/webhooks/{source}"),
    ("afterword-gateway", "send IncidentReported.v1"),
    ("afterword-drafting", "process drafting.IncidentReported.v1"),
    ("afterword-drafting", "send DraftCreated.v1"),
    ("afterword-gateway", "POST /v1/postmortems/{id}/submit"),
    ("afterword-review", "process review.ReviewRequested.v1"),
    ("afterword-gateway", "POST /v1/postmortems/{id}/reviews"),
    ("afterword-review", "send ReviewApproved.v1"),
    ("afterword-calendar", "PUT calendar"),
    ("afterword-gateway", "POST /v1/postmortems/{id}/publish"),
    ("afterword-distribution", "send Published.v1"),
    ("afterword-distribution", "send mail"),
)
"""What everybody who looks at the trace of an incident has to find in it."""

ANY_TIME = ("PUT calendar", "send mail")
"""A slot is held, and people are told what they have to do, before anything is published."""
ITEM = {"text": "Watch the pool of connections", "owner": {"name": "Chen Li", "email": AUTHOR}, "due": "2099-01-31"}
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.")


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as started:
        yield started


@pytest.fixture(scope="module")
def traced(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """The way of an incident through a stack that knows of the collector."""
    folder: Path = tmp_path_factory.mktemp("traced")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ENDPOINT, collector.url)
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        running = stack.up(folder)
    try:
        driver = Driver(running.as_json())
        tell(driver, lambda _: None)
        yield driver
    finally:
        stack.down(folder)


@pytest.fixture(scope="module")
def trace(traced: Driver, collector: Collector) -> list[Collected]:
    """The postmortem's trace, as soon as it is whole: each room sends its steps when it has some."""
    id = f"{trace_of(traced.id):032x}"
    return traced.until("the trace", lambda: collector.of(id), is_whole)


def is_whole(trace: list[Collected]) -> bool:
    """Say whether all of the way is there, the report's mails too, and whatever another step is below."""
    if set(WAY) - {(span.service, span.name) for span in trace}:
        return False
    published = next(span.began for span in trace if span.name == "send Published.v1")
    mailed = max(span.began for span in trace if span.name == "send mail")
    return mailed > published and {span.parent for span in trace if span.parent} <= {span.id for span in trace}


def test_one_trace_shows_an_incident_from_the_webhook_to_the_mail(trace: list[Collected]) -> None:
    began = {span.name: span.began for span in reversed(trace)}
    first = [began[name] for _, name in WAY if name not in ANY_TIME]
    assert first == sorted(first)
    assert max(span.began for span in trace if span.name == "send mail") > began["send Published.v1"]
    assert {span.kind for span in trace} == {"server", "producer", "consumer", "client"}


def test_a_step_is_below_what_caused_it_and_only_what_comes_from_outside_is_below_nothing(
    trace: list[Collected],
) -> None:
    known = {span.id: span for span in trace}
    assert all(span.parent in known for span in trace if span.parent)
    firsts = {span.name for span in trace if not span.parent}
    assert all(name.startswith(("POST ", "PATCH ", "send ")) for name in firsts)
    for span in trace:
        if span.name.startswith("process "):
            assert known[span.parent].name == f"send {span.facts['messaging.rabbitmq.destination.routing_key']}"


def test_the_database_and_the_calendar_are_asked_inside_of_a_step(trace: list[Collected]) -> None:
    asked = [span for span in trace if "db.system.name" in span.facts or span.name.endswith(" calendar")]
    assert {span.service for span in asked if "db.system.name" in span.facts} == {span.service for span in trace}
    assert all(span.parent for span in asked)


def test_what_is_not_about_a_postmortem_is_told_apart(traced: Driver, collector: Collector) -> None:
    caller = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{caller}-b7ad6b7169203331-01", "Authorization": f"Bearer {traced.key_of(AUTHOR)}"}
    assert traced.client.get(traced.path, headers=headers).status_code == 200
    (read,) = traced.until(
        "the caller's trace", lambda: [span for span in collector.of(caller) if span.kind == "server"], bool
    )
    assert (read.name, read.parent) == ("GET /v1/postmortems/{id}", "b7ad6b7169203331")


def test_a_request_that_changes_a_postmortem_is_linked_with_the_trace_of_its_caller(
    traced: Driver, collector: Collector
) -> None:
    caller = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{caller}-00f067aa0ba902b7-01", "Authorization": f"Bearer {traced.key_of(AUTHOR)}"}
    path = f"{traced.path}/action-items"
    traced.send("POST", path, json=ITEM, headers=headers, fine=frozenset({201}))
    id = f"{trace_of(traced.id):032x}"
    (asked,) = traced.until(
        "the request", lambda: [span for span in collector.of(id) if "action-items" in span.name], bool
    )
    assert asked.links == {caller}


def test_no_span_names_a_person_or_repeats_a_report(traced: Driver, collector: Collector) -> None:
    words = [line for text in sections().values() for line in text.splitlines() if len(line) > 20]
    for span in list(collector.spans):
        told = f"{span.name} {span.words} {dict(span.facts)}"
        assert not ADDRESS.search(told), told
        assert not [line for line in words if line in told], told
        assert span.events == 0  # exceptions with their words would be
