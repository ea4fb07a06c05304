"""The description of the API, made of its routes: problems, headers, roles and links come from tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from starlette.routing import BaseRoute

from services.gateway.domain.access import Act
from services.gateway.domain.answers.problem import Problem
from services.gateway.domain.rules import RULES, Rule
from services.gateway.handlers import forms
from services.gateway.handlers.answering import HEADERS, REFUSES, named
from services.gateway.handlers.caller import Gate, asks_for
from services.gateway.handlers.importing import Exported
from services.gateway.handlers.readers import Reader
from services.gateway.handlers.webhook_forms import SCHEMES

Json = dict[str, Any]
Who = dict[str, list[str]]
REF = "#/components/{kind}/{name}"
NOT_OURS = ("HTTPValidationError", "ValidationError")
"""What the framework would answer for a wrong field; it answers a problem instead."""
BESIDE: tuple[type[BaseModel], ...] = (Problem, Exported)
"""What descriptions of answers and bodies name, and no signature of a route."""
MEDIA_TYPE = "application/problem+json"
MERGE_PATCH = "application/merge-patch+json"


def operation_id(route: APIRoute) -> str:
    """Return what a generated client calls a route: the name of its function."""
    return route.name


class Described(FastAPI):
    """An application that describes itself as it is."""

    def openapi(self) -> Json:
        """Return the description, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = described(super().openapi(), who_may(self.routes))
        return self.openapi_schema


def who_may(routes: Sequence[BaseRoute]) -> dict[str, Who]:
    """Return operation id -> the roles that may, and the scopes of which a key needs one."""
    found = [route for route in iter_route_contexts(routes) if isinstance(route.original_route, APIRoute)]
    return {str(route.name): asks_for(act) for route in found if (act := _act(route.dependant))}


def _act(dependant: Dependant) -> Act | None:
    return next((each.call.act for each in dependant.dependencies if isinstance(each.call, Gate | Reader)), None)


def described(schema: Json, who: dict[str, Who]) -> Json:
    """Complete the framework's description, in place, and return it."""
    components = schema.setdefault("components", {})
    _components(components)
    operations = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            _complete(path, method, operation, who.get(operation["operationId"]))
            operations.append((path, operation))
    _link(operations)
    return schema


def _components(components: Json) -> None:
    schemas = components.get("schemas", {})
    for model in BESIDE:
        found = model.model_json_schema(ref_template=REF.format(kind="schemas", name="{model}"))
        schemas = {**schemas, **found.pop("$defs", {}), model.__name__: found}
    components["schemas"] = {name: _named_alike(schemas[name]) for name in schemas if name not in NOT_OURS}
    components["headers"] = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()
    }
    components["examples"] = {_name(rule): {"summary": rule.name, "value": rule.sample()} for rule in RULES.values()}
    components["securitySchemes"] = {**components.get("securitySchemes", {}), **SCHEMES}


def _named_alike(schema: Any) -> Any:
    """Return a schema in which a table's names are told apart from its values.

    A pattern that leads to a schema forbids no other name, though the table does, and generators pass over it.
    """
    if isinstance(schema, list):
        return [_named_alike(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _named_alike(each) for key, each in schema.items() if key != "patternProperties"}
    for pattern, value in schema.get("patternProperties", {}).items():
        told |= {"propertyNames": {"pattern": pattern}, "additionalProperties": _named_alike(value)}
    return told


def _complete(path: str, method: str, operation: Json, who: Who | None) -> None:
    if who:
        operation |= who
        roles, scopes = (", ".join(words) for words in who.values())
        text = f"Roles: {roles}. A key that is narrowed needs one of the scopes {scopes}."
        operation["description"] = f"{operation.get('description', '')}\n\n{text}"
    needed = ["If-Match"] if forms.edits_only_what_is_there(operation) else []
    operation["parameters"] = [_as_sent(each, needed) for each in operation.get("parameters", ())]
    responses = operation["responses"]
    responses.pop("422", None)
    rules = sorted({*operation.pop(REFUSES, ()), *forms.rules_of(path, operation)})
    for status, of_status in groupby(rules, lambda key: key[:3]):
        responses[status] = problem([RULES[key] for key in of_status])
    if method == "get" and "if-none-match" in forms.parameters(operation):
        responses["304"] = {"description": "You have it just so.", "headers": named(["ETag"])}
    for response in responses.values():
        response["headers"] = {**response.get("headers", {}), **named(forms.always(operation))}
    if method == "patch":
        content = operation["requestBody"]["content"]
        content[MERGE_PATCH] = content[forms.JSON]


def _as_sent(parameter: Json, needed: Sequence[str]) -> Json:
    """Return a parameter as it goes over the wire: nothing there is null, and a header is one string."""
    schema = {**parameter["schema"]}
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    schema |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}
    if parameter["in"] == "header" and schema.get("type") == "array":
        schema = {"type": "string", "title": schema["title"]}
    return {**parameter, "schema": schema, "required": parameter["required"] or parameter["name"] in needed}


def problem(rules: list[Rule]) -> Json:
    """Return the answer that names one of these rules; all have one status."""
    examples = {rule.name: {"$ref": REF.format(kind="examples", name=_name(rule))} for rule in rules}
    content = {"schema": {"$ref": REF.format(kind="schemas", name="Problem")}, "examples": examples}
    return {
        "description": "A problem; `rule` is one of " + ", ".join(f"`{rule.name}`" for rule in rules) + ".",
        "headers": named([header for rule in rules for header in forms.BESIDE.get(rule.key, ())]),
        "content": {MEDIA_TYPE: content},
    }


def _name(rule: Rule) -> str:
    return f"{rule.status}-{rule.name}"


def _link(operations: list[tuple[str, Json]]) -> None:
    """Say where one goes on: from what tells an id to every route that takes it, from an ETag to what it edits."""
    takers = [operation for path, operation in operations if path.startswith(ONE) and path.count("{") == 1]
    for path, operation in operations:
        if path in TELLS_AN_ID:
            status, where = TELLS_AN_ID[path]
            operation["responses"][status]["links"] = _links(takers, {"path.id": where})
        for status, response in operation["responses"].items():
            kind = response.get("content", {}).get(forms.JSON, {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
            if status < "3" and kind in EDITED and "ETag" in response["headers"]:
                last, ids = EDITED[kind]
                alike = [each for at, each in operations if _last(at) == last]
                editors = [each for each in alike if "if-match" in forms.parameters(each)]
                response["links"] = _links(editors, {**ids, "header.If-Match": "$response.header.ETag"})


ONE = "/v1/postmortems/{id}"
TELLS_AN_ID = {"/v1/incidents": ("202", "$response.body#/postmortem_id")}
"""Path -> the status and the place where its answer always tells the id of a postmortem; a list may be empty."""
EDITED: dict[str, tuple[str, Json]] = {
    "Postmortem": ("id", {"path.id": "$response.body#/id"}),
    "ActionItem": ("item_id", {"path.id": "$request.path.id", "path.item_id": "$response.body#/id"}),
    "ReviewerShown": ("email", {"path.email": "$response.body#/email"}),
    "ListShown": ("name", {"path.name": "$response.body#/name"}),
}
"""What is edited by its ETag -> the last name in the paths of who edits it, and where its ids are told."""


def _last(path: str) -> str:
    return path.rpartition("{")[2].partition("}")[0]


def _links(operations: list[Json], given: Json) -> Json:
    return {each["operationId"]: {"operationId": each["operationId"], "parameters": given} for each in operations}
