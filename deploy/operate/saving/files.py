"""The files of a backup: documents in BSON one behind the other, packed by gzip, with a sum of what was written.

A file of a collection is what `mongodump --gzip` writes, so MongoDB's own tools read it, too.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any, BinaryIO, cast

import bson
from bson.codec_options import CodecOptions
from bson.errors import InvalidBSON
from bson.raw_bson import RawBSONDocument

from deploy.local.errors import LocalError

Row = dict[str, Any]
FAST = 1
"""How hard gzip tries: more takes several times as long, for files that are a tenth smaller."""
DAMAGED = "take another backup, or get this file again from where it was copied"


class Writer:
    """Writes documents to one new file that only its owner reads; `documents` and `sha256` say what is in it."""

    def __init__(self, raw: BinaryIO) -> None:
        self.documents = 0
        self.sha256 = ""
        self._sum = hashlib.sha256()
        self._raw = raw
        self._packed = gzip.GzipFile(filename="", mode="wb", compresslevel=FAST, fileobj=cast("Any", self), mtime=0)

    def write(self, part: bytes) -> int:
        """Take what is packed; for gzip."""
        self._sum.update(part)
        return self._raw.write(part)

    def add(self, document: Row) -> None:
        """Write one document."""
        self.add_all(bson.encode(document))

    def add_all(self, encoded: bytes) -> int:
        """Write documents that are encoded already, one behind the other; return how many."""
        number = _count(encoded)
        self.documents += number
        self._packed.write(encoded)
        return number

    def finish(self) -> None:
        """Write what is left, down to the disk."""
        self._packed.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())
        self.sha256 = self._sum.hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Give what writes a file; it is whole when the block has ended.

    Raises: LocalError that names the file.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            writer = Writer(raw)
            yield writer
            writer.finish()
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror or error}"
        raise LocalError(msg) from error


def documents(path: Path) -> Iterator[Row]:
    """Yield what is in a file. Raises: LocalError that names it."""
    yield from _read(path, CodecOptions(tz_aware=True, tzinfo=UTC))


def raw_documents(path: Path) -> Iterator[RawBSONDocument]:
    """Yield the same, as it is on the disk. Raises: LocalError that names the file."""
    yield from _read(path, CodecOptions(document_class=RawBSONDocument))


def _read(path: Path, options: CodecOptions[Any]) -> Iterator[Any]:
    try:
        with gzip.open(path, "rb") as file:
            yield from bson.decode_file_iter(cast("BinaryIO", file), options)
    except (OSError, EOFError, zlib.error, InvalidBSON) as error:
        msg = f"cannot read {path}: {error}; {DAMAGED}"
        raise LocalError(msg) from error


def sum_of(path: Path) -> str:
    """Return the sum of a file. Raises: LocalError that names it."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}; {DAMAGED}"
        raise LocalError(msg) from error


def _count(encoded: bytes) -> int:
    """Each document begins with its length."""
    number = place = 0
    while place < len(encoded):
        place += int.from_bytes(encoded[place : place + 4], "little")
        number += 1
    return number
