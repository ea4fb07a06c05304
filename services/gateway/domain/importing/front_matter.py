"""Front matter: what stands above a text for programs, as YAML between `---` or TOML between `+++`. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from services.gateway.domain.importing.unreadable import BadFile
from services.gateway.domain.lines import lines

LONGEST = 64_000
"""Characters of front matter; more is none, and takes a parser its time."""
YAML, TOML = "---", "+++"
_ENDS = {YAML: (YAML, "..."), TOML: (TOML,)}
_FIELD = re.compile(r"[\w \-]+:(\s|$)|\s*#|\s*$")
_NOT_A_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands above a text: its fields, names folded, and the words themselves with their marks."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    raw: str = ""


class _Plain(yaml.BaseLoader):
    """Knows texts, lists and mappings; and no aliases, by which a few lines become gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the next node. Raises: BadFile for an alias."""
        if self.check_event(yaml.AliasEvent):
            raise BadFile("its front matter has an alias (`*name`); write the value out")
        return super().compose_node(parent, index)


def split(text: str) -> tuple[FrontMatter, str]:
    """Return the front matter of a text and what comes after it; most have none. Raises: BadFile."""
    written = lines(text)
    mark = written[0].strip() if written else ""
    if mark not in _ENDS or (mark == YAML and not _begins_fields(written)):
        return FrontMatter(), text
    end = next((n for n, line in enumerate(written[1:], 1) if line.rstrip() in _ENDS[mark]), None)
    if end is None:
        raise BadFile(f"its front matter begins with `{mark}` and never ends; write `{mark}` below it")
    raw = "".join(written[1:end])
    if len(raw) > LONGEST:
        raise BadFile(f"its front matter has {len(raw):,} characters; {LONGEST:,} are the most")
    found = _toml(raw) if mark == TOML else _yaml(raw)
    return FrontMatter({folded(name): value for name, value in found.items()}, raw), "".join(written[end + 1 :])


def folded(name: str) -> str:
    """Return a field's name as names are compared: `Incident Date` and `incident-date` are one."""
    return _NOT_A_LETTER.sub("_", name.casefold()).strip("_")


def _begins_fields(written: list[str]) -> bool:
    """Say whether a line of dashes begins fields; else it is a line that is drawn across the page."""
    return len(written) > 1 and bool(written[1].strip()) and bool(_FIELD.match(written[1]))


def _yaml(raw: str) -> dict[str, Any]:
    try:
        found = yaml.load(raw, Loader=_Plain)  # noqa: S506 - it makes nothing but texts, lists and mappings
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 2}" if mark else ""
        raise BadFile(f"its front matter is no YAML{where}: {getattr(error, 'problem', None) or 'too deep'}") from error
    if found is not None and not isinstance(found, dict):
        raise BadFile("its front matter has no fields; write lines such as `title: Checkout answered slowly`")
    return {str(name): value for name, value in (found or {}).items()}


def _toml(raw: str) -> dict[str, Any]:
    try:
        return tomllib.loads(raw)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadFile(f"its front matter is no TOML: {error}") from error
