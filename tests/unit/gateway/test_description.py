"""Every route describes itself: whoever adds one is told here what is missing."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import Route

from services.gateway.domain import rules
from services.gateway.domain.answers.problem import Problem
from services.gateway.handlers import pages
from services.gateway.handlers.problems import MEDIA_TYPE, STATUS_OF
from shared.contracts.decision import Kind
from tests.helpers.front_door import Door

Json = dict[str, Any]
APP = Door().app
OPENAPI: Json = APP.openapi()
ROUTES = [route for route in iter_route_contexts(APP.routes) if isinstance(route.original_route, APIRoute)]
DESCRIBED = [route for route in ROUTES if route.include_in_schema]
NOT_DESCRIBED = {
    "/openapi.json": "the description itself",
    "/docs": "the description, for people",
    "/docs/show.js": "a part of /docs",
    "/health/live": "for operators, the same in every room: docs/operations.md",
    "/health/ready": "for operators, the same in every room: docs/operations.md",
    "/metrics": "for operators, the same in every room: docs/operations.md",
}
PAGES_FOR_PEOPLE = {
    str(each.path) for each in ROUTES if each.endpoint and each.endpoint.__module__.startswith(pages.__name__)
}
"""What people open in a browser: no part of the API."""
PAGES = {("/unsubscribe/{token}", "404")}
"""What tells people in a browser, not programs, that something is wrong."""
SERVICES = Path(__file__).resolve().parents[3] / "services"


def operations(route: RouteContext) -> list[Json]:
    return [OPENAPI["paths"][route.path_format][method.lower()] for method in sorted(route.methods or ())]


def schema(ref: Json) -> Json:
    name = ref.get("$ref", "").rpartition("/")[2]
    found: Json = OPENAPI["components"]["schemas"][name] if name else ref
    return found


def name_of(route: RouteContext) -> str:
    return str(route.name)


def test_every_route_is_described_or_named_here_with_a_reason() -> None:
    known = {str(each.path) for each in DESCRIBED} | set(NOT_DESCRIBED) | PAGES_FOR_PEOPLE
    others = {route.path for route in APP.routes if isinstance(route, Route)} | {str(route.path) for route in ROUTES}
    assert others - known == set(), "describe it, or name it in NOT_DESCRIBED with a reason"
    assert set(NOT_DESCRIBED) - others == set(), "NOT_DESCRIBED names a route that is gone"


@pytest.mark.parametrize("route", DESCRIBED, ids=name_of)
def test_a_route_says_what_it_is(route: RouteContext) -> None:
    assert route.summary, f"{route.name}: give the decorator summary='Do a thing', short"
    assert route.tags, f"{route.name}: give its APIRouter tags=['...'] and describe the tag in app.py: TAGS"
    assert set(route.tags) <= {tag["name"] for tag in OPENAPI["tags"]}, "describe the tag in app.py: TAGS"
    doc = (route.endpoint.__doc__ or "") if route.endpoint else ""
    assert len(doc.split()) >= 3, f"{route.name}: write a docstring; it is the description"
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", str(route.name)), (
        f"{route.name}: call the function verb_noun, as a client's function: get_meeting"
    )


def test_no_two_operations_have_one_name() -> None:
    names = [operation["operationId"] for route in DESCRIBED for operation in operations(route)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("route", DESCRIBED, ids=name_of)
def test_a_route_says_what_it_answers(route: RouteContext) -> None:
    for operation in operations(route):
        assert isinstance(route.original_route, APIRoute)
        assert "x-refuses" in (route.openapi_extra or {}), (
            f"{route.name}: give the decorator **answers(Model, '409 own-rule', ...) from handlers/answering.py"
        )
        success = [status for status in operation["responses"] if status.startswith("2")]
        assert success
        for status in success:
            for media, content in operation["responses"][status].get("content", {}).items():
                if media != "application/json":
                    continue
                found = schema(content["schema"])
                assert found.get("properties"), f"{route.name} {status}: answer a pydantic model, no loose dict"
                assert found.get("examples") or content.get("example"), (
                    f"{route.name} {status}: give {found.get('title')} an example: model_config = example({{...}})"
                )


@pytest.mark.parametrize("route", DESCRIBED, ids=name_of)
def test_a_route_says_what_it_takes(route: RouteContext) -> None:
    for operation in operations(route):
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), f"{route.name}: describe the parameter {parameter['name']}"
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            shown = content.get("examples") or content.get("example") or schema(content["schema"]).get("examples")
            assert shown, f"{route.name}: give its body ({media}) an example: model_config = example({{...}})"


@pytest.mark.parametrize("route", DESCRIBED, ids=name_of)
def test_a_route_says_how_it_fails(route: RouteContext) -> None:
    for operation in operations(route):
        errors = {status: each for status, each in operation["responses"].items() if status >= "4"}
        assert {"500", "503"} <= set(errors)
        assert not {"4XX", "5XX", "default"} & set(operation["responses"]), "name each status"
        for status, response in errors.items():
            if (route.path, status) in PAGES:
                assert set(response["content"]) == {"text/html"}
                continue
            (media, content), *more = response["content"].items()
            assert (media, more) == (MEDIA_TYPE, []), f"{route.name} {status}: errors are problems; use answers(...)"
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert content["examples"]
        for response in operation["responses"].values():
            assert "X-Request-Id" in response["headers"]


def test_the_framework_s_own_errors_are_not_described() -> None:
    assert "HTTPValidationError" not in str(OPENAPI)


@pytest.mark.parametrize("route", [each for each in DESCRIBED if str(each.path).startswith("/v1")], ids=name_of)
def test_only_webhooks_are_open_to_who_has_no_key(route: RouteContext) -> None:
    for operation in operations(route):
        if route.name == "receive_webhook":
            assert "pagerduty_signature" in str(operation["security"])
        else:
            assert operation.get("security"), f"{route.name}: take actor: Annotated[Actor, may(Act.X)]"
            assert operation.get("x-roles"), f"{route.name}: take actor: Annotated[Actor, may(Act.X)]"


def refusals() -> set[str]:
    """Every `409 rule` that the API can answer with, found by its look: a rule beside its status or kind."""
    kinds = {f"Kind.{kind.name}": STATUS_OF[kind] for kind in Kind}
    found = set[str]()
    for path in set(SERVICES.rglob("*.py")) - set(Path(pages.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call | ast.Tuple):
                found |= beside(node, kinds)
    return found


def beside(node: ast.Call | ast.Tuple, kinds: dict[str, int]) -> set[str]:
    parts = node.elts if isinstance(node, ast.Tuple) else [*node.args, *(word.value for word in node.keywords)]
    rule = next((str(p.value) for p in parts if isinstance(p, ast.Constant) and looks_like_a_rule(p.value)), None)
    named = [kinds[ast.unparse(part)] for part in parts if ast.unparse(part) in kinds]
    numbers = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, int) and p.value >= 400]
    called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    statuses = named + (numbers if called in ("Problem", "BadBody") else [])
    return {f"{status} {rule}" for status in statuses} if rule else set()


def looks_like_a_rule(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[a-z]+(-[a-z]+)+", value))


def test_every_rule_that_the_code_names_is_in_the_table() -> None:
    missing = refusals() - set(rules.RULES)
    assert missing == set(), (
        f"add {sorted(missing)} to services/gateway/domain/rules.py, and to answers(...) of its routes"
    )


def test_every_rule_of_the_table_can_be_met() -> None:
    described = {
        f"{status} {rule}"
        for route in DESCRIBED
        for operation in operations(route)
        for status, each in operation["responses"].items()
        if status >= "4" and (route.path, status) not in PAGES
        for rule in each["content"][MEDIA_TYPE]["examples"]
    }
    general = {"404 not-found", "405 method-not-allowed"}
    assert set(rules.RULES) - described == general, "no route names this rule in its answers(...)"


@pytest.mark.parametrize("rule", rules.ALL, ids=lambda rule: rule.key)
def test_every_example_of_a_problem_is_one(rule: rules.Rule) -> None:
    assert Problem.model_validate(rule.sample()).rule == rule.name
