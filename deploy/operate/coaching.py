"""Reading texts as the review does, outside of it: files of Markdown, and the rules as others can use them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local import rooms
from deploy.local.errors import LocalError
from services.drafting.adapters import builtin
from services.review.adapters import BadRules, rules_of, vale_ini, vale_styles
from services.review.domain.checking import remark_of
from services.review.domain.coaching import Coach, Draft
from services.review.settings import Policy
from shared.contracts.coaching import Remark
from shared.settings import SettingError, load_policy

FIRST = "overview"
INI = ".vale.ini"
_HEADING = re.compile(r" {0,3}##[ \t]+(.+?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ODD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Told:
    """One remark on a file; `line` is that of the file, the remark's own that of its section."""

    file: Path
    line: int
    remark: Remark

    def as_json(self) -> dict[str, Any]:
        """Return it as others read it: lines are those of the file."""
        said = self.remark.model_dump(mode="json", exclude={"dismissed"})
        end = self.line + self.remark.end_line - self.remark.line
        return {"file": str(self.file), **said, "line": self.line, "end_line": end}


@dataclass(frozen=True)
class Part:
    """A section of a file, and how many lines stand before it."""

    name: str
    above: int
    text: str


def coach(own: tuple[Path, ...]) -> Coach:
    """Return the coach with the rules of the room, of the policy's files and of one's own. Raises: LocalError."""
    path = rooms.policy()
    try:
        named = tuple(path.parent / name for name in load_policy(path, Policy).review.coaching.files)
        return Coach(rules_of((*named, *own)))
    except (BadRules, SettingError) as error:
        raise LocalError(str(error)) from error


def checked(coach: Coach, file: Path, people: tuple[str, ...]) -> list[Told]:
    """Return what is remarked on a file, from its first line on. Raises: LocalError when it cannot be read."""
    try:
        parts = {part.name: part for part in parts_of(file.read_text("utf-8"))}
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file}: it cannot be read ({error}); name a file of Markdown in UTF-8"
        raise LocalError(msg) from error
    remarks = map(remark_of, coach.check(Draft({name: part.text for name, part in parts.items()}, people)))
    told = (Told(file, parts[remark.section].above + remark.line, remark) for remark in remarks)
    return sorted(told, key=lambda each: (each.line, each.remark.column))


def parts_of(text: str) -> Iterator[Part]:
    """Yield the sections of a postmortem in Markdown; one whose title stands there twice goes by a name of its own."""
    lines = text.splitlines()
    starts = [(0, FIRST), *((number + 1, _name(title)) for number, title in _headings(lines))]
    ends = [number - 1 for number, _ in starts[1:]]
    taken: set[str] = set()
    for (start, name), end in zip(starts, (*ends, len(lines)), strict=True):
        body = "\n".join(lines[start:end])
        if start == 0 and not _says_something(body):
            continue
        free = name if name not in taken else f"{name}_{start}"
        taken.add(free)
        yield Part(free, start, body)


def export(coach: Coach, folder: Path) -> list[Path]:
    """Write the rules as styles of Vale, and its settings where there are none; return what was written."""
    files = {f"styles/{name}": text for name, text in vale_styles(coach.rules).items()}
    if not (folder / INI).exists():
        files[INI] = vale_ini()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in files]


def _headings(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the number of each heading of the second level, and its title; what looks like one in code is none."""
    fence = ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and (heading := _HEADING.match(line)):
            yield number, heading[1]


def _name(title: str) -> str:
    """Return the name of a section by its title in the template that comes with Afterword, else made of the title."""
    sections = tomllib.loads(builtin())["sections"]
    known = {section["title"].casefold(): section["name"] for section in sections}
    return known.get(title.casefold()) or _ODD.sub("_", title.lower()).strip("_") or "section"


def _says_something(text: str) -> bool:
    """Say whether there is more than the title of the document."""
    return any(line.strip() and not line.startswith("# ") for line in text.splitlines())
