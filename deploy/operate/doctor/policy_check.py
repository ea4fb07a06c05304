"""Keys of the policy file that no room reads: a key with a slip of the pen is otherwise as good as absent."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from deploy.operate.doctor.finding import Finding, ok, warning
from deploy.operate.doctor.settings_check import policy_class

CHECK = "policy"
ROOMS = ("drafting", "review", "calendar", "distribution", "gateway")
Models = Sequence[type[BaseModel]]


def check(path: Path) -> list[Finding]:
    """Return the keys that nothing reads. What the rooms read and refuse is found with their settings."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        return []  # which every room has said
    unread = sorted(set(_unread(content, [policy_class(room) for room in ROOMS], "")))
    if not unread:
        return [ok(CHECK, "every key is read by a room", str(path))]
    return [warning(CHECK, f"nothing reads {key}", str(path), help) for key, help in unread]


def _unread(table: Mapping[str, Any], models: Models, path: str) -> Iterator[tuple[str, str]]:
    """Yield each key that no model has, and which it may have meant."""
    known = {name: field for model in models for name, field in model.model_fields.items()}
    for key, value in table.items():
        fields = [field for model in models for name, field in model.model_fields.items() if key in _names(name, field)]
        if not fields:
            near = difflib.get_close_matches(key, known, n=1)
            yield f"{path}{key}", f"did you mean {near[0]}?" if near else "remove it"
            continue
        yield from _inside(value, fields, f"{path}{key}.")


def _inside(value: object, fields: Sequence[FieldInfo], path: str) -> Iterator[tuple[str, str]]:
    parts = [part for field in fields for part in _parts(field.annotation)]
    models = [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]
    if not models:
        return
    tables = value if isinstance(value, list) else [value]
    if any(part is dict for part in parts):  # whose keys are names
        tables = [each for table in tables if isinstance(table, dict) for each in table.values()]
    for table in tables:
        if isinstance(table, dict):
            yield from _unread(table, models, path)


def _names(name: str, field: FieldInfo) -> set[object]:
    return {name, field.alias, field.validation_alias}


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield every type that an annotation is made of."""
    yield get_origin(annotation) or annotation
    for part in get_args(annotation):
        yield from _parts(part)
