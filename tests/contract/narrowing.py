"""Whether whoever goes by one JSON Schema can read all that is written by another; only what pydantic makes of models.

It rather complains once too often: what it does not know to be the same is another thing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

Schema = dict[str, Any]
LEAST = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
MOST = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
SAME = ("format", "pattern", "multipleOf", "propertyNames", "uniqueItems")
NOTHING: Collection[str] = ()


def unreadable(reader: Schema, written: Schema, beside: Collection[str] = NOTHING) -> list[str]:
    """Return a line for each value that may be written and not be read, or is no longer written and was read.

    `beside` are fields that are written although `written` does not say so.
    """
    return [line for line in _Pair(reader, written).lines(reader, written, "") if line.split(" ")[0] not in beside]


class _Pair:
    """Two schemas with definitions of their own; what is being compared is not compared again inside of itself."""

    def __init__(self, reader: Schema, written: Schema) -> None:
        self.reader, self.written = reader.get("$defs", {}), written.get("$defs", {})
        self.open: set[tuple[str, str]] = set()

    def lines(self, reader: Schema, written: Schema, path: str) -> Iterator[str]:
        """Yield what cannot be read at a place."""
        refs = reader.get("$ref", ""), written.get("$ref", "")
        if all(refs) and refs in self.open:
            return
        self.open.add(refs)
        readers = list(_variants(reader, self.reader))
        for value in _variants(written, self.written):
            tried = [list(self._of_one(each, value, path)) for each in readers]
            yield from min(tried, key=len)
        self.open.discard(refs)

    def _of_one(self, reader: Schema, written: Schema, path: str) -> Iterator[str]:
        if reader == {}:
            return
        yield from (f"{path or 'it'} {line}" for line in _own(reader, written))
        if reader.get("type") == "object" and written.get("type") == "object":
            yield from self._of_object(reader, written, path)
        if reader.get("type") == "array" and written.get("type") == "array":
            yield from self._of_array(reader, written, path)

    def _of_object(self, reader: Schema, written: Schema, path: str) -> Iterator[str]:
        theirs, needed = written.get("properties", {}), reader.get("required", ())
        for name, field in reader.get("properties", {}).items():
            at = f"{path}.{name}" if path else name
            if name not in theirs:
                yield f"{at} is no longer written"
                continue
            if name in needed and name not in written.get("required", ()):
                yield f"{at} may be missing"
            yield from self.lines(field, theirs[name], at)
        more = reader.get("additionalProperties", {})
        if more is False:
            yield from (f"{path}.{name} is refused" for name in theirs if name not in reader.get("properties", {}))
        elif more and more is not True:
            yield from self.lines(more, written.get("additionalProperties", {}) or {}, f"{path}.*")

    def _of_array(self, reader: Schema, written: Schema, path: str) -> Iterator[str]:
        yield from self.lines(reader.get("items", {}), written.get("items", {}), f"{path}[]")
        firsts = reader.get("prefixItems", []), written.get("prefixItems", [])
        if len(firsts[0]) != len(firsts[1]):
            yield f"{path} has another length"
        for n, (ours, theirs) in enumerate(zip(*firsts, strict=False)):
            yield from self.lines(ours, theirs, f"{path}[{n}]")


def _variants(schema: Schema, definitions: Schema) -> Iterator[Schema]:
    if "$ref" in schema:
        yield from _variants(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    elif inner := schema.get("anyOf") or schema.get("oneOf"):
        for each in inner:
            yield from _variants(each, definitions)
    else:
        yield schema


def _own(reader: Schema, written: Schema) -> Iterator[str]:
    """Yield what differs in the value itself."""
    kinds = reader.get("type"), written.get("type")
    if kinds[0] and kinds[0] != kinds[1] and kinds != ("number", "integer"):
        yield f"is {kinds[1] or 'anything'} and was {kinds[0]}"
        return
    known, values = _values(reader), _values(written)
    if known is not None and (values is None or not values <= known):
        yield f"may be {', '.join(sorted(values - known)) if values else 'anything'}, which was not known"
    yield from (f"has another {word}" for word in SAME if word in reader and reader[word] != written.get(word))
    yield from (f"has less than {reader[word]} of {word}" for word in LEAST if _is_less(reader, written, word))
    yield from (f"has more than {reader[word]} of {word}" for word in MOST if _is_less(written, reader, word))


def _is_less(one: Schema, other: Schema, word: str) -> bool:
    """Say whether the bound of one goes beyond the other's: for least values call it with the reader first."""
    if word in LEAST:
        return word in one and (word not in other or other[word] < one[word])
    return word in other and (word not in one or other[word] < one[word])


def _values(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {repr(schema["const"])}
    return set(map(repr, schema["enum"])) if "enum" in schema else None
