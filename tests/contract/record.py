"""Record every message's JSON Schema anew: `make schemas`. A change shows up in review as a changed file."""

from __future__ import annotations

import json
from pathlib import Path

from shared.contracts import MESSAGES, BaseMessage

DEPTH = 6
ROOT = Path(__file__).resolve().parents[2] / "shared" / "contracts"


def schema_text(message: type[BaseMessage]) -> str:
    """Return the schema of a message as it is committed: a line for every field, so that a change is one line."""
    return lay_out(message.model_json_schema(), "") + "\n"


def lay_out(value: object, indent: str) -> str:
    """Write JSON with the four outer levels on lines of their own and the rest in one line each."""
    if not isinstance(value, dict) or not value or len(indent) > DEPTH:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    inner = indent + "  "
    rows = (f"{inner}{json.dumps(key)}: {lay_out(value[key], inner)}" for key in sorted(value))
    return "{\n" + ",\n".join(rows) + f"\n{indent}}}"


def schema_file(address: str) -> Path:
    """Return where the schema of a message is kept."""
    return ROOT / "schemas" / f"{address}.json"


if __name__ == "__main__":
    for name, cls in MESSAGES.items():
        schema_file(name).write_text(schema_text(cls), encoding="utf-8")
        print(f"recorded {name}")  # noqa: T201
