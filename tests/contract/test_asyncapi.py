"""The bus's description: true, complete, and valid AsyncAPI 3.0."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from deploy.operate import asyncapi
from deploy.operate.permissions import SAYS, gives
from shared.contracts import COMMANDS, MESSAGES
from shared.contracts.commands import BaseCommand
from shared.messaging import topology
from shared.messaging.envelope import unsaid
from tests.contract.record import ASYNCAPI, ROOT, document_text
from tests.helpers.wire import to_amqp

Json = dict[str, Any]
SPECIFICATION = Path(__file__).parent / "asyncapi" / "3.0.0.json"


@pytest.fixture(scope="module")
def described() -> Json:
    return asyncapi.document()


def resolved(ref: str, document: Json) -> Any:
    found: Any = document
    for part in ref.removeprefix("#/").split("/"):
        found = found[part]
    return found


def refs(value: Any) -> list[str]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value["$ref"]] if isinstance(value, dict) and isinstance(value.get("$ref"), str) else []
    return own + [ref for each in inner for ref in refs(each)]


def schema_of(name: str, document: Json) -> Draft202012Validator:
    """A validator of one component, which knows where the others are."""
    registry: Registry[Any] = Registry().with_resource(
        "bus", Resource.from_contents(document, default_specification=DRAFT202012)
    )
    return Draft202012Validator({"$ref": f"bus#/components/schemas/{name}"}, registry=registry)


def test_the_committed_description_is_true(described: Json) -> None:
    assert ASYNCAPI.read_text(encoding="utf-8") == document_text(described), (
        "docs/asyncapi.json is not what the contracts and the topology say: make schemas"
    )


def test_it_is_valid_asyncapi(described: Json) -> None:
    specification = json.loads(SPECIFICATION.read_bytes())
    errors = [
        f"{error.json_path}: {error.message[:200]}" for error in Draft7Validator(specification).iter_errors(described)
    ]
    assert errors == []


def test_every_reference_leads_somewhere(described: Json) -> None:
    assert [resolved(ref, described) for ref in refs(described)]


def test_every_message_is_said_by_whoever_may_and_heard_where_it_is_bound(described: Json) -> None:
    operations = set(described["operations"])
    said = {f"{room}.says.{name}" for room, names in SAYS.items() for name in names}
    given = {f"{room}.says.{name}" for room in topology.HEARS for name in gives(room)}
    heard = {f"{room}.hears.{name}" for room in topology.HEARS for _, _, name in topology.bindings(room)}
    assert operations == said | given | heard
    assert set(MESSAGES) <= {name.partition(".says.")[2] for name in operations}


def test_whoever_gives_a_command_for_somebody_is_told_where_the_reply_comes(described: Json) -> None:
    for name in COMMANDS:
        for operation in (f"gateway.says.{name}", f"{name.partition('.')[0]}.hears.{name}"):
            found = described["operations"].get(operation, {})
            is_asked = f"gateway.says.{name}" in described["operations"] and issubclass(COMMANDS[name], BaseCommand)
            assert ("reply" in found) == is_asked, operation


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_has_an_example_that_fits_its_schema(name: str, described: Json) -> None:
    examples = described["components"]["messages"][name]["examples"]
    assert examples, f"add shared/contracts/examples/{name}.json"
    for example in examples:
        schema_of(name, described).validate(example["payload"])


@pytest.mark.parametrize("name", MESSAGES)
def test_the_headers_that_are_described_are_those_that_go_out(name: str, described: Json) -> None:
    message = MESSAGES[name].model_validate_json((ROOT / "examples" / f"{name}.json").read_bytes())
    now = datetime(2026, 3, 2, tzinfo=UTC)
    said = to_amqp(unsaid(message, id="1", room="review", time=now, causation_id="0", traceparent="00-1-1-00"))
    headers = dict(said.headers)
    schema_of("CloudEvent", described).validate(headers)
    assert set(headers) == set(described["components"]["schemas"]["CloudEvent"]["properties"])


def test_where_a_reply_goes_is_told_by_its_command_alone(described: Json) -> None:
    """AsyncAPI 3.0: a channel that replies are addressed to dynamically has no address of its own."""
    assert described["channels"]["replies"]["address"] is None


def test_queues_are_described_with_the_arguments_that_they_are_declared_with(described: Json) -> None:
    for room in topology.HEARS:
        for queue, exchange, key in topology.bindings(room):
            binding = described["channels"][f"heard.{queue}"]["bindings"]["amqp"]
            assert binding["x-arguments"] == topology.queue_arguments(queue)
            assert binding["x-bound-to"] == {"exchange": exchange, "routing-key": key}
