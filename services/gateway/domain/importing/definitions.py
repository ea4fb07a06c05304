"""Links that are defined at another place of a file: each section takes along what it refers to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from markdown_it import MarkdownIt

from services.gateway.domain.importing.sections import Part
from services.gateway.domain.lines import lines

_blocks = MarkdownIt("commonmark").disable("inline")
_LABEL = re.compile(r"\[([^\[\]]{1,200})\]")


def definitions(text: str) -> dict[str, str]:
    """Return the lines that define links, by their label as labels are compared: `[1]: https://example.com`."""
    found: dict[str, Any] = {}
    _blocks.parse(text, found)
    written = lines(text)
    return {
        _folded(label): "".join(written[each["map"][0] : each["map"][1]]).strip()
        for label, each in found.get("references", {}).items()
    }


def taken_along(parts: Iterable[Part], known: Mapping[str, str]) -> Iterator[Part]:
    """Yield the sections, each with the definitions that it uses and does not have."""
    for part in parts:
        used = dict.fromkeys(_folded(label) for label in _LABEL.findall(part.text)) if known else {}
        own = definitions(part.text) if used else {}
        lacking = [known[label] for label in used if label in known and label not in own]
        yield replace(part, text="\n\n".join((part.text.rstrip("\n"), "\n".join(lacking))) + "\n") if lacking else part


def _folded(label: str) -> str:
    return " ".join(label.split()).casefold()
