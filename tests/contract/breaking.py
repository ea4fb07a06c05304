"""What a changed description of the API takes away from those who go by the committed one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")


def breaking(before: Json, after: Json) -> list[str]:
    """Return a line for each thing that callers had and have no longer, or must send now and did not."""
    return [
        f"{method.upper()} {path}: {what}"
        for path, methods in before["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
        for what in _lost(operation, after["paths"].get(path, {}).get(method), before, after)
    ]


def _lost(operation: Json, now: Json | None, before: Json, after: Json) -> Iterator[str]:
    if now is None:
        yield "is gone"
        return
    if operation["operationId"] != now["operationId"]:
        yield f"is called {now['operationId']}, so a generated client's function has another name"
    yield from _parameters(operation, now)
    yield from _answers(operation, now, before, after)
    old, new = _body(operation, before), _body(now, after)
    yield from (f"needs `{name}` in its body" for name in sorted(_required(new) - _required(old)))
    yield from (f"takes no `{name}` any more" for name in sorted(_fields(old) - _fields(new)))


def _parameters(operation: Json, now: Json) -> Iterator[str]:
    old = {each["name"]: each for each in operation.get("parameters", ())}
    new = {each["name"]: each for each in now.get("parameters", ())}
    yield from (f"takes no {name} any more" for name in sorted(old.keys() - new.keys()))
    for name, each in new.items():
        if each.get("required") and not old.get(name, {}).get("required"):
            yield f"needs {name}"


def _answers(operation: Json, now: Json, before: Json, after: Json) -> Iterator[str]:
    for status, response in operation["responses"].items():
        if status not in now["responses"]:
            yield f"never answers {status} any more"
            continue
        new = now["responses"][status]
        yield from (f"{status} has no {name}" for name in sorted(response["headers"].keys() - new["headers"].keys()))
        for media, content in response.get("content", {}).items():
            if media not in new.get("content", {}):
                yield f"{status} is no {media} any more"
                continue
            old_fields = dict(_all_fields(content["schema"], before))
            new_fields = dict(_all_fields(new["content"][media]["schema"], after))
            yield from (f"{status} has no `{name}`" for name in old_fields if name not in new_fields)
            for name, needed in old_fields.items():
                if needed and new_fields.get(name) is False:
                    yield f"{status} may be without `{name}`"


def _all_fields(schema: Json, document: Json, name: str = "", seen: tuple[str, ...] = ()) -> Iterator[tuple[str, bool]]:
    """Yield every field of an answer, nested ones as `owner.email`, and whether it is always there."""
    ref = schema.get("$ref", "")
    if ref in seen and ref:
        return
    found = _resolved(schema, document)
    inner = (*seen, ref)
    for field, of_field in found.get("properties", {}).items():
        yield f"{name}{field}", field in found.get("required", ())
        yield from _all_fields(of_field, document, f"{name}{field}.", inner)
    for each in (*found.get("anyOf", ()), *([found["items"]] if "items" in found else [])):
        yield from _all_fields(each, document, name, inner)


def _body(operation: Json, document: Json) -> Json:
    content: Json = operation.get("requestBody", {}).get("content", {})
    first: Json = next(iter(content.values()), {})
    return _resolved(first.get("schema", {}), document)


def _resolved(schema: Json, document: Json) -> Json:
    ref = schema.get("$ref")
    found: Json = document["components"]["schemas"][ref.rpartition("/")[2]] if ref else schema
    return found


def _required(schema: Json) -> set[str]:
    return set(schema.get("required", ()))


def _fields(schema: Json) -> set[str]:
    return set(schema.get("properties", ()))
