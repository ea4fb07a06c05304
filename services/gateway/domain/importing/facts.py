"""What a file tells beside its text: in front matter, in lines below the title, or in sections of one line. Pure.

Of several words the first counts: front matter, then the text from its top on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.gateway.domain.importing.front_matter import folded
from services.gateway.domain.importing.sections import Part, plain_words
from services.gateway.domain.importing.words import fact_of
from services.gateway.domain.lines import lines, one_line

Facts = dict[str, tuple[str, ...]]
"""What is told (`FACTS`) -> the values, in plain words but for links of people."""
_LINE = re.compile(
    r"[ \t]*(?:[-*+>][ \t]+|\d+[.)][ \t]+)?(?:\*\*|__)?(?P<name>[A-Za-z][A-Za-z _/-]{1,40}?)(?:\*\*|__)?[ \t]*:"
    r"(?:\*\*|__)?[ \t]*(?P<value>\S.*)"
)
_ROW = re.compile(
    r"[ \t]*\|?[ \t]*(?:\*\*|__)?(?P<name>[A-Za-z][^|*_]{1,40}?)(?:\*\*|__)?:?[ \t]*\|(?P<value>[^|]+)\|?[ \t]*"
)
_BETWEEN = re.compile(r"\s*[,;]\s*|\s+(?:and|&)\s+")
_NESTED = ("name", "title", "label", "email", "mail")
SHORT = 200
"""A section of more characters is text, whatever it is headed by."""
MOST_LINES, MOST_VALUES, LONGEST = 60, 200, 2_000
"""What is looked through for facts, and what one may have; the text has all of it all the same."""


def gathered(fields: Mapping[str, Any], preamble: str, parts: Iterable[Part]) -> Facts:
    """Return what a file tells: by its fields, by the lines above its first section, by sections that are one line."""
    found: Facts = {}
    told = (*_of_fields(fields), *_of_lines(preamble), *_of_parts(parts))
    for name, values in told:
        if (fact := fact_of(name)) and values:
            found.setdefault(fact, tuple(value[:LONGEST] for value in values[:MOST_VALUES]))
    return found


def several(values: Iterable[str]) -> Iterator[str]:
    """Yield each of what stands in one line: `checkout, payments and search`."""
    for value in values:
        yield from (each.strip() for each in _BETWEEN.split(value) if each.strip())


def _of_fields(fields: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for name, value in fields.items():
        yield name, list(_texts(value))


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a value; of a person or thing that has fields itself, its name and address."""
    if isinstance(value, list | tuple):
        for each in value[:200]:
            yield from _texts(each)
    elif isinstance(value, Mapping):
        known = {folded(str(name)): each for name, each in value.items()}
        if words := " ".join(str(known[name]) for name in _NESTED if isinstance(known.get(name), str)):
            yield one_line(words)
    elif value is not None and (words := one_line(str(value))):
        yield words


def _of_lines(text: str) -> Iterator[tuple[str, list[str]]]:
    for line in lines(text)[:MOST_LINES]:
        match = _LINE.fullmatch(line.rstrip()) or _ROW.fullmatch(line.rstrip())
        if match:
            yield folded(match["name"]), [one_line(match["value"].strip(" *_`"))]


def _of_parts(parts: Iterable[Part]) -> Iterator[tuple[str, list[str]]]:
    """Yield what sections such as `## Date` tell by their only line, and lines of sections of facts."""
    for part in parts:
        name, text = folded(part.title), part.text.strip()
        if fact_of(name) and 0 < len(text) <= SHORT:
            yield name, [each for line in lines(text) if (each := plain_words(line.strip().lstrip("-*+ ")))]
        elif name in ("metadata", "meta", "details", "incident_details", "information", "facts", "overview"):
            yield from _of_lines(part.text)
