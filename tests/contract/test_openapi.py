"""The API's description: the committed one is the true one, and nothing is taken from callers by accident."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.breaking import breaking
from tests.contract.record import OPENAPI, document_text, openapi

Json = dict[str, Any]
READ = "/v1/postmortems/{id}"


@pytest.fixture(scope="module")
def described() -> Json:
    return openapi()


@pytest.fixture(scope="module")
def committed() -> Json:
    kept: Json = json.loads(OPENAPI.read_bytes())
    return kept


def test_the_committed_description_is_the_one_that_the_gateway_serves(described: Json) -> None:
    assert OPENAPI.read_text(encoding="utf-8") == document_text(described, by_name=False), (
        "docs/openapi.json is not what the routes say: make schemas"
    )


def test_nothing_is_taken_from_callers_by_accident(described: Json, committed: Json) -> None:
    assert breaking(committed, described) == [], "this breaks callers: if it must be, make schemas BREAKING=yes"


def take_a_path(described: Json) -> None:
    del described["paths"][READ]


def take_a_method(described: Json) -> None:
    del described["paths"][READ]["patch"]


def take_a_status(described: Json) -> None:
    del described["paths"][READ]["patch"]["responses"]["412"]


def take_a_header(described: Json) -> None:
    del described["paths"][READ]["get"]["responses"]["200"]["headers"]["ETag"]


def take_a_nested_field(described: Json) -> None:
    del described["components"]["schemas"]["Remark"]["properties"]["text"]


def let_a_field_be_missing(described: Json) -> None:
    described["components"]["schemas"]["Postmortem"]["required"].remove("revision")


def need_a_field(described: Json) -> None:
    described["components"]["schemas"]["VerdictGiven"]["required"].append("comments")


def take_a_field_of_a_body(described: Json) -> None:
    del described["components"]["schemas"]["Patch"]["properties"]["note"]


def need_a_parameter(described: Json) -> None:
    parameters = described["paths"][READ]["get"]["parameters"]
    parameters.append({"name": "why", "in": "query", "required": True, "schema": {"type": "string"}})


def take_a_parameter(described: Json) -> None:
    described["paths"]["/v1/postmortems"]["get"]["parameters"].pop()


def rename_a_function(described: Json) -> None:
    described["paths"][READ]["get"]["operationId"] = "read"


@pytest.mark.parametrize(
    "change",
    [
        take_a_path,
        take_a_method,
        take_a_status,
        take_a_header,
        take_a_nested_field,
        let_a_field_be_missing,
        need_a_field,
        take_a_field_of_a_body,
        need_a_parameter,
        take_a_parameter,
        rename_a_function,
    ],
)
def test_what_breaks_callers_is_named(described: Json, change: Callable[[Json], None]) -> None:
    changed = copy.deepcopy(described)
    change(changed)
    assert breaking(described, changed)


def test_what_is_only_added_breaks_nobody(described: Json) -> None:
    changed = copy.deepcopy(described)
    changed["paths"]["/v1/more"] = changed["paths"][READ]
    changed["components"]["schemas"]["Postmortem"]["properties"]["more"] = {"type": "string"}
    changed["components"]["schemas"]["Patch"]["properties"]["more"] = {"type": "string"}
    assert breaking(described, changed) == []
