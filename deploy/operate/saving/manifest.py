"""`manifest.json`: what is in a backup. It is written last: a folder without it is no backup."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from bson import json_util
from pydantic import BaseModel, ValidationError

from deploy.local.errors import LocalError
from deploy.local.files import write_private
from deploy.operate.saving.files import DAMAGED, Writer, sum_of

NAME = "manifest.json"
LOG, QUEUES = "log.bson.gz", "queues.bson.gz"


class Kept(BaseModel):
    """One file, and how many documents are in it."""

    file: str
    documents: int
    sha256: str

    @classmethod
    def of(cls, file: str, writer: Writer) -> Kept:
        """Return what a writer that has finished has kept."""
        return cls(file=file, documents=writer.documents, sha256=writer.sha256)


class KeptCollection(Kept):
    """The file of a collection, and the indexes that it had."""

    room: str
    name: str
    indexes: list[dict[str, Any]]


class Manifest(BaseModel):
    """A whole backup. `format` is of this file and its neighbours; `version` is of Afterword."""

    format: Literal[1] = 1
    version: str
    made_at: datetime
    collections: list[KeptCollection]
    log: Kept
    queues: Kept
    waiting: dict[str, int]

    def files(self) -> Iterator[Kept]:
        """Yield every file there is beside this one."""
        yield from (*self.collections, self.log, self.queues)

    def documents(self) -> int:
        """Return how many documents the databases have."""
        return sum(each.documents for each in self.collections)


def save(folder: Path, manifest: Manifest) -> None:
    """Say what is in the folder; from then on it is a backup."""
    options = json_util.RELAXED_JSON_OPTIONS
    content = {**manifest.model_dump(), "made_at": manifest.made_at.isoformat()}
    write_private(folder / NAME, json_util.dumps(content, json_options=options, indent=2) + "\n")


def load(folder: Path) -> Manifest:
    """Return what is in a folder.

    Raises: LocalError when it is no backup, or one that this version does not read.
    """
    path = folder / NAME
    try:
        return Manifest.model_validate(json_util.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        msg = f"{folder} is no backup, or one that was not finished: it has no {NAME}"
        raise LocalError(msg) from error
    except ValidationError as error:
        first = error.errors()[0]
        msg = f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}: see which version made it"
        raise LocalError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"cannot read {path}: {error}; {DAMAGED}"
        raise LocalError(msg) from error


def check(folder: Path, kept: Kept) -> None:
    """See whether a file is as it was written. Raises: LocalError that names it."""
    if sum_of(folder / kept.file) != kept.sha256:
        msg = f"{folder / kept.file} is not as it was written; {DAMAGED}"
        raise LocalError(msg)
