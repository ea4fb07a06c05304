"""Record every message's JSON Schema anew: `make schemas`. A change shows up in review as a changed file."""

from __future__ import annotations

import json
from pathlib import Path

from shared.contracts import MESSAGES, Message

ROOT = Path(__file__).resolve().parents[2] / "shared" / "contracts"


def schema_text(message: type[Message]) -> str:
    """Return the schema of a message as it is committed."""
    return json.dumps(message.model_json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def schema_file(address: str) -> Path:
    """Return where the schema of a message is kept."""
    return ROOT / "schemas" / f"{address}.json"


if __name__ == "__main__":
    for name, cls in MESSAGES.items():
        schema_file(name).write_text(schema_text(cls), encoding="utf-8")
        print(f"recorded {name}")  # noqa: T201
