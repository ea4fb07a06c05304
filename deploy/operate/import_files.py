"""The files that `afterword import` reads: which they are, and what is wrong with those that cannot be."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from deploy.local.errors import LocalError
from deploy.operate.parking import Seen, nothing_seen
from services.gateway.domain.importing import BadFile, Defaults, Reading, read_file, text_of

MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd"})
MOST_BYTES = 900_000
LARGEST_REQUEST = 1024 * 1024
"""What the API takes of one request."""


@dataclass(frozen=True)
class Found:
    """A file, and the name that it goes by: its place below the folder that was given."""

    path: Path
    name: str


@dataclass(frozen=True)
class Read:
    """A file and what it tells, or why it is not read and what to do about it."""

    file: Found
    reading: Reading | None = None
    problem: str = ""


def collect(places: Iterable[Path], skipped: Sequence[str] = ()) -> list[Found]:
    """Return the Markdown files below folders, and the files that are named, in the order of their names.

    Hidden files and what fits a pattern of `skipped` are left out; links to folders are not followed, so that none goes
    round. Raises: LocalError for a place that is not there.
    """
    found: dict[Path, Found] = {}
    for place in places:
        if place.is_dir():
            inside = _below(place, skipped)
        elif place.exists() or place.is_symlink():
            inside = iter([Found(place, place.name)])
        else:
            msg = f"{place}: there is no such file or folder"
            raise LocalError(msg)
        for each in inside:
            found.setdefault(each.path.absolute(), each)
    return list(found.values())


def read_all(files: Iterable[Found], defaults: Defaults, seen: Seen = nothing_seen) -> list[Read]:
    """Read every file; one that cannot be, or that goes by the name of another one, does not stop the others."""
    taken: dict[str, Path] = {}
    rows: list[Read] = []
    for file in files:
        row = _read(file, defaults)
        if row.reading and (first := taken.setdefault(row.reading.source, file.path)) != file.path:
            row = Read(file, problem=f"it goes by {row.reading.source!r} as {first} does; give one of them another id")
        rows.append(row)
        seen()
    return rows


def _below(folder: Path, skipped: Sequence[str]) -> Iterator[Found]:
    """Yield the files of a folder and of those in it; a folder that may not be looked into stands for its files."""
    closed: list[OSError] = []
    for above, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(above) / name
            place = path.relative_to(folder).as_posix()
            is_meant = path.suffix.lower() in MARKDOWN and not name.startswith(".")
            if is_meant and not any(fnmatch(place, pattern) or fnmatch(name, pattern) for pattern in skipped):
                yield Found(path, place)
    for error in closed:
        yield Found(Path(error.filename), os.path.relpath(error.filename, folder))


def _read(file: Found, defaults: Defaults) -> Read:
    try:
        reading = read_file(file.name, text_of(_content(file.path)), defaults)
    except BadFile as error:
        return Read(file, problem=str(error))
    except OSError as error:
        return Read(file, problem=f"it cannot be read: {error.strerror or error}")
    size = len(json.dumps(reading.body(), ensure_ascii=False).encode())
    if size > LARGEST_REQUEST:
        return Read(file, problem=f"it becomes {size:,} bytes, and {LARGEST_REQUEST:,} are the most; split it")
    return Read(file, reading)


def _content(path: Path) -> bytes:
    """Return what is in a file. Raises: BadFile when it is too large or no file; OSError."""
    known = path.stat()
    if stat.S_ISDIR(known.st_mode):
        raise BadFile("it is a folder that may not be looked into")
    if not stat.S_ISREG(known.st_mode):
        raise BadFile("it is no file")
    if known.st_size > MOST_BYTES:
        raise BadFile(f"it has {known.st_size:,} bytes, and {MOST_BYTES:,} are the most; split it")
    return path.read_bytes()
