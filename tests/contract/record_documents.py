"""Record documents as a version really writes them: `python -m tests.contract.record_documents REVISION`.

Starts a stack of that revision, drives the demo's incident through it, and keeps of each
collection the document that says most. Minutes; only after a form's number was raised, for the version before.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bson import encode, json_util
from pymongo import MongoClient
from rich.console import Console

DOCUMENTS = Path(__file__).parent / "documents"
REPOSITORY = Path(__file__).resolve().parents[2]
LARGEST = 60_000
LEFT_OUT = ("schemas",)


def take(folder: Path) -> None:
    """Run the stack of the files in this directory, and write a document of each collection into a folder."""
    from deploy.demo import run as drive  # noqa: PLC0415 - of the revision that this process runs
    from deploy.local import stack  # noqa: PLC0415

    run = stack.up()
    try:
        if not drive(run.as_json(), Console(stderr=True)):
            sys.exit("the demo failed")
        with MongoClient[dict[str, Any]](run.mongo_url, tz_aware=True) as client:
            for name in client.list_database_names():
                if name.startswith("afterword_"):
                    _write(client, name, folder)
    finally:
        stack.down()


def _write(client: MongoClient[dict[str, Any]], name: str, folder: Path) -> None:
    for collection in client[name].list_collection_names():
        documents = [each for each in client[name][collection].find() if len(encode(each)) < LARGEST]
        if documents and collection not in LEFT_OUT:
            row = max(documents, key=lambda each: len(encode(each)))
            path = folder / f"{name.partition('_')[2]}.{collection}.json"
            path.write_text(_text(row))
            print(f"recorded {path.name}")  # noqa: T201


def _text(row: dict[str, Any]) -> str:
    return json_util.dumps(row, json_options=json_util.RELAXED_JSON_OPTIONS, indent=1, ensure_ascii=False) + "\n"


def record(revision: str) -> None:
    """Record the documents of a revision into a folder of its name."""
    folder = DOCUMENTS / revision
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="afterword-") as there:
        archive = subprocess.run(["git", "archive", revision], cwd=REPOSITORY, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", there], input=archive.stdout, check=True)
        program = f"import sys; sys.path[:0] = ['.', {str(Path(__file__).parent)!r}]\n"
        program += f"import record_documents as r, pathlib; r.take(pathlib.Path({str(folder)!r}))"
        subprocess.run([sys.executable, "-c", program], cwd=there, check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    record(sys.argv[1])
