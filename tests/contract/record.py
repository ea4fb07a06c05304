"""Record the JSON Schema of every message and document, and the API's and the bus's description: `make schemas`.

A change shows up in review as a changed file. What would break callers of the API is refused without `BREAKING=yes`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from deploy.operate import asyncapi
from shared.contracts import MESSAGES, BaseMessage
from shared.mongo import MongoDocuments
from tests.contract.breaking import breaking
from tests.helpers.front_door import Door
from tests.helpers.stored import kinds

DEPTH = 6
REPOSITORY = Path(__file__).resolve().parents[2]
ROOT = REPOSITORY / "shared" / "contracts"
OPENAPI = REPOSITORY / "docs" / "openapi.json"
ASYNCAPI = REPOSITORY / "docs" / "asyncapi.json"
DEEPER = 12
FORMS = Path(__file__).parent / "documents" / "forms"
FORM_CHANGED = (
    "Documents have another form than programs of before know (docs/upgrading.md). Raise its number; BREAKING=yes"
    " records it under the same one, for what nobody has run yet"
)


def schema_text(message: type[BaseMessage]) -> str:
    """Return the schema of a message as it is committed: a line for every field, so that a change is one line."""
    return lay_out(message.model_json_schema(), "") + "\n"


def lay_out(value: object, indent: str, depth: int = DEPTH, *, by_name: bool = True) -> str:
    """Write JSON with its outer levels on lines of their own, down to an indent, and the rest in one line each."""
    if not isinstance(value, dict) or not value or len(indent) > depth:
        return json.dumps(value, sort_keys=by_name, ensure_ascii=False)
    inner = indent + "  "
    keys = sorted(value) if by_name else list(value)
    rows = (f"{inner}{json.dumps(key)}: {lay_out(value[key], inner, depth, by_name=by_name)}" for key in keys)
    return "{\n" + ",\n".join(rows) + f"\n{indent}}}"


def schema_file(address: str) -> Path:
    """Return where the schema of a message is kept."""
    return ROOT / "schemas" / f"{address}.json"


def form_file(kind: str, number: int) -> Path:
    """Return where it is kept what a form of a kind of documents reads."""
    return FORMS / f"{kind}.{number}.json"


def form_text(store: MongoDocuments[Any]) -> str:
    """Return the schema of a kind's states as it is committed."""
    return lay_out(store.states.state.model_json_schema(), "") + "\n"


def changed_forms() -> list[str]:
    """Return a line for each kind of documents whose form is other than recorded, under the number that it has."""
    lines = []
    for kind, store in kinds().items():
        number = store.states.schema.number
        recorded = form_file(kind, number)
        if recorded.exists() and recorded.read_text(encoding="utf-8") != form_text(store):
            lines.append(
                f"{kind}: form {number} is recorded otherwise; give its store DocumentSchema({number + 1}, ...)"
            )
    return lines


def openapi() -> dict[str, Any]:
    """Return the API's description as the gateway serves it."""
    described: dict[str, Any] = json.loads(json.dumps(Door().app.openapi()))
    return described


def document_text(document: dict[str, Any], *, by_name: bool = True) -> str:
    """Return a whole description as it is committed; generators take the first of several media types."""
    return lay_out(document, "", DEEPER, by_name=by_name) + "\n"


def record(*, even_breaking: bool) -> None:
    """Write every file; exits with what breaks when it may not."""
    described, changed = openapi(), changed_forms()
    broken = breaking(json.loads(OPENAPI.read_bytes()), described) if OPENAPI.exists() else []
    if broken and not even_breaking:
        sys.exit("This breaks callers; make schemas BREAKING=yes records it all the same:\n" + "\n".join(broken))
    if changed and not even_breaking:
        sys.exit(f"{FORM_CHANGED}:\n" + "\n".join(changed))
    for kind, store in kinds().items():
        form_file(kind, store.states.schema.number).write_text(form_text(store), encoding="utf-8")
    for name, cls in MESSAGES.items():
        schema_file(name).write_text(schema_text(cls), encoding="utf-8")
        print(f"recorded {name}")  # noqa: T201
    OPENAPI.write_text(document_text(described, by_name=False), encoding="utf-8")
    ASYNCAPI.write_text(document_text(asyncapi.document()), encoding="utf-8")
    print("recorded docs/openapi.json and docs/asyncapi.json")  # noqa: T201


if __name__ == "__main__":
    record(even_breaking="yes" in sys.argv[1:])
