"""What the schemas let through, the door does too, and what they forbid, it refuses: found by fuzzing, kept here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.helpers.front_door import Door, is_problem
from tests.unit.gateway.test_bodies import ONE, drafted
from tests.unit.gateway.test_front_door import EVENT

OPENAPI: dict[str, Any] = Door().app.openapi()
REGISTRY: Registry[Any] = Registry().with_resource(
    "api", Resource.from_contents(OPENAPI, default_specification=DRAFT202012)
)


def absolute(value: Any) -> Any:
    """The same schema, with references that lead into the description."""
    if isinstance(value, dict):
        return {key: "api" + each if key == "$ref" else absolute(each) for key, each in value.items()}
    return [absolute(each) for each in value] if isinstance(value, list) else value


def fits(value: Any, schema: Any) -> bool:
    validator = Draft202012Validator(absolute(schema), registry=REGISTRY)
    return validator.is_valid(value)


def component(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def defaults() -> Iterator[tuple[str, Any]]:
    """Every field, and every parameter, that is described with a default."""
    for name, schema in OPENAPI["components"]["schemas"].items():
        for field, of_field in schema.get("properties", {}).items():
            if "default" in of_field:
                yield f"{name}.{field}", of_field
    for path, methods in OPENAPI["paths"].items():
        for operation in methods.values():
            for each in operation["parameters"]:
                if "default" in each["schema"]:
                    yield f"{path} {each['name']}", each["schema"]


@pytest.mark.parametrize(
    ("name", "schema"), list(defaults()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_whoever_sends_the_default_that_is_described_sends_what_fits(name: str, schema: Any) -> None:
    assert fits(schema["default"], schema), f"{name}: this default is nothing that anybody may send; leave it out"


def examples() -> Iterator[tuple[str, Any, Any]]:
    for name, schema in OPENAPI["components"]["schemas"].items():
        yield from ((name, component(name), example) for example in schema.get("examples", ()))
    for methods in OPENAPI["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                for content in response.get("content", {}).values():
                    if "example" in content:
                        yield f"{operation['operationId']} {status}", content["schema"], content["example"]


@pytest.mark.parametrize(
    ("name", "schema", "example"), list(examples()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_example_fits(name: str, schema: Any, example: Any) -> None:
    found = Draft202012Validator(absolute(schema), registry=REGISTRY).iter_errors(example)
    wrong = [error.message for error in found]
    assert wrong == [], f"the example of {name} does not fit (the framework leaves nulls out: give it values)"


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\t\n", "\u2003"])
async def test_a_name_that_is_blank_is_refused_by_the_schema_and_at_the_door(blank: str) -> None:
    for change, field in (
        ({"people": [{"name": blank}]}, "people.0.name"),
        ({"services": [blank]}, "services.0"),
        ({"source": blank}, "source"),
    ):
        body = EVENT | change
        assert not fits(body, component("IncidentReported"))
        answer = await Door().send("POST", "/v1/incidents", json=body, role="tool")
        assert is_problem(answer, 422, "invalid-field", field)


@pytest.mark.parametrize("blank", ["", " ", "\n", "\u2003"])
async def test_words_that_are_blank_are_refused_by_the_schema_and_at_the_door(blank: str) -> None:
    item = {"text": blank, "owner": {"name": "Ada Moreno", "email": "ada@example.com"}}
    for kind, body, path, field in (
        ("NewItem", item, f"{ONE}/action-items", "text"),
        ("NewCorrection", {"note": blank}, f"{ONE}/corrections", "note"),
    ):
        assert not fits(body, component(kind))
        answer = await drafted().send("POST", path, json=body, headers={"If-Match": "*"})
        assert is_problem(answer, 422, "invalid-field", field)


@pytest.mark.parametrize("odd", ["\x85", "\ufeff", "\u00a0", "\u200b", "\u00e9", "\u3000", "\x1c"])
async def test_schema_and_door_agree_about_what_is_white_space(odd: str) -> None:
    for body in (EVENT | {"url": f"https://example.com/{odd}"}, EVENT | {"source": odd}):
        answer = await Door().send("POST", "/v1/incidents", json=body, role="tool")
        assert (answer.status_code == 202) == fits(body, component("IncidentReported")), body


@pytest.mark.parametrize("number", [0, 1_774_958_399, 1.5, True, "0", " -1774958399.5 "])
async def test_a_number_is_no_time(number: Any) -> None:
    body = EVENT | {"occurred_at": number}
    assert isinstance(number, str) or not fits(body, component("IncidentReported"))
    answer = await Door().send("POST", "/v1/incidents", json=body, role="tool")
    assert is_problem(answer, 422, "invalid-field", "occurred_at")


@pytest.mark.parametrize("name", ["", "Impact", "1st", "a-b", "\u0017", "a" * 61])
async def test_what_is_no_name_of_a_section_is_refused_by_the_schema_and_at_the_door(name: str) -> None:
    patch = {"sections": {name: "x"}}
    assert not fits(patch, component("Patch"))
    answer = await drafted().send("PATCH", ONE, json=patch, headers={"If-Match": "*"})
    assert answer.status_code == 422


def test_what_stands_in_a_header_is_one_string() -> None:
    for path, methods in OPENAPI["paths"].items():
        for operation in methods.values():
            for each in operation["parameters"]:
                assert each["in"] != "header" or each["schema"]["type"] == "string", (path, each["name"])
                assert {"type": "null"} not in each["schema"].get("anyOf", ()), (path, each["name"])


@pytest.mark.parametrize("key", ["k", '"k"', "a b", '"a \\" b"', "x" * 255, "~!"])
def test_every_key_that_is_taken_fits_its_description(key: str) -> None:
    operation = OPENAPI["paths"]["/v1/incidents"]["post"]
    (schema,) = [each["schema"] for each in operation["parameters"] if each["name"] == "Idempotency-Key"]
    assert fits(key, schema)
    assert not any(fits(other, schema) for other in ("", '"', '"k', "x" * 256, "\u00e9"))
