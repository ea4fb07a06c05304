"""CloudEvents 1.0 over HTTP: binary and structured mode mean the same, a batch is refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from services.gateway.domain.sources.cloudevents import parse
from services.gateway.domain.sources.delivery import Unsupported
from tests.helpers.deliveries import delivery, payload, reports, told

STRUCTURED = {"content-type": "application/cloudevents+json; charset=UTF-8"}
EVENT: dict[str, Any] = json.loads(payload("cloudevents", "03"))
ATTRIBUTES = {f"ce-{name}": EVENT[name] for name in ("id", "source", "type", "specversion", "time")}


def test_the_whole_story_is_told() -> None:
    found = [(r.kind, r.occurred_at.minute, r.severity, [p.name for p in r.people]) for r in reports("cloudevents")]
    assert found == [
        ("opened", 0, "sev3", []),
        ("role_assigned", 5, None, ["Ben Okafor"]),
        ("note", 9, None, ["Ada Moreno"]),
        ("severity_changed", 11, "sev1", []),
        ("resolved", 40, None, []),
        ("reopened", 44, None, []),
        ("resolved", 58, None, []),
    ]


def test_both_modes_mean_the_same() -> None:
    structured = parse(delivery(json.dumps(EVENT).encode(), STRUCTURED))
    encoded = base64.b64encode(json.dumps(EVENT["data"]).encode()).decode()
    without = {name: value for name, value in EVENT.items() if name != "data"}
    binary = parse(delivery(json.dumps(EVENT["data"]).encode(), ATTRIBUTES))
    assert binary == structured
    assert parse(delivery(json.dumps({**without, "data_base64": encoded}).encode(), STRUCTURED)) == structured


def test_source_and_id_together_tell_events_apart() -> None:
    body = json.dumps(EVENT["data"]).encode()
    events = [
        ATTRIBUTES,
        ATTRIBUTES,
        ATTRIBUTES | {"ce-source": "/other"},
        ATTRIBUTES | {"ce-id": "other"},
        ATTRIBUTES | {"ce-source": "%2Fincident-tool/prod"},
    ]
    ids = [parse(delivery(body, headers))[0][0] for headers in events]
    assert ids[0] == ids[1] == ids[4]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("media", ["application/cloudevents-batch+json", "Application/CloudEvents-Batch+JSON; a=b"])
def test_a_batch_is_refused_with_what_to_send_instead(media: str) -> None:
    with pytest.raises(Unsupported, match="Send each event by itself"):
        parse(delivery(json.dumps([EVENT]).encode(), {"content-type": media}))


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"ce-type": "com.example.other"}, "type"),
        ({"ce-specversion": "0.3"}, "specversion"),
        ({"ce-id": ""}, "id"),
        ({"content-type": "text/xml"}, "send application/json"),
    ],
)
def test_an_event_of_another_kind_is_a_value_error(headers: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(delivery(json.dumps(EVENT["data"]).encode(), ATTRIBUTES | headers))


def test_data_that_breaks_the_contract_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="external_id"):
        told("cloudevents", json.dumps({**EVENT, "data": {"source": "x"}}).encode())
