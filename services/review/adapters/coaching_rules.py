"""The rules of the checker out of files: those that come with the room, and an organisation's own. RE2 reads them.

RE2 takes time in proportion to the text whatever the pattern, so that neither a text nor a file can stop the room.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, cast

import re2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.review.domain.coaching.people import folded
from services.review.domain.coaching.rules import Advice, Pattern, Rules, WordRule
from shared.contracts.coaching import RemarkSeverity

BUILT_IN = ("blame.toml", "telling.toml", "forms.toml")
WORDS = "words.toml"
NAME = r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$"
DEPTH = 6
"""How deep words may stand inside words."""
_WORD = re.compile(r"\{([a-z]+)\}")
_SPACE = re.compile(r" (?![*+?{])")

Text = Annotated[str, Field(min_length=1, max_length=500)]
Regex = Annotated[str, Field(min_length=1, max_length=5_000)]
Name = Annotated[str, Field(pattern=NAME, max_length=60)]


class BadRules(ValueError):
    """Rules that cannot be used; it names the file, the rule, and what to do."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Family(_Table):
    bias: Text
    why: Text


class _Form(_Table):
    name: Name
    family: Name
    severity: RemarkSeverity
    message: Text
    rewrite: Text


class _Rule(_Form):
    patterns: Annotated[tuple[Regex, ...], Field(min_length=1, max_length=50)]
    unless: Regex | None = None
    sections: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


class _File(_Table):
    families: dict[Name, _Family] = {}
    words: dict[str, str] = {}
    rules: tuple[_Rule, ...] = ()
    forms: tuple[_Form, ...] = ()
    off: tuple[Name, ...] = ()


class _Words(_Table):
    words: dict[str, str]
    ambiguous: str
    verbs: str
    acronyms: str


def builtin() -> Rules:
    """Return the rules that come with the room."""
    return rules_of(())


def rules_of(own: Iterable[Path]) -> Rules:
    """Return the rules of the room and those of an organisation's files; a file may switch rules `off`.

    Raises: BadRules for a file that cannot be read, for what no rule can have, and for names that stand twice.
    """
    words = _words()
    files = (*_built_in(), *((path.name, _own(path)) for path in own))
    families: dict[str, _Family] = {}
    rules: dict[str, WordRule] = {}
    forms: dict[str, Advice] = {}
    for name, file in files:
        families |= file.families
        known = words.words | file.words
        for row in file.rules:
            _is_new(name, row, {*rules, *forms})
            rules[row.name] = _rule(name, row, families, known)
        for form in file.forms:
            _is_new(name, form, {*rules, *forms})
            forms[form.name] = _advice(name, form, families)
    off = _off(files, {*rules, *forms})
    return Rules(
        words=tuple(rule for rule in rules.values() if rule.advice.name not in off),
        forms=tuple(form for form in forms.values() if form.name not in off),
        ambiguous=frozenset(words.ambiguous.split()),
        verbs=frozenset(words.verbs.split()),
        acronyms=frozenset(words.acronyms.split()),
    )


def compiled(regex: str) -> Pattern:
    """Read a pattern: without regard to case, never across sentences. Raises: BadRules, which says what RE2 says."""
    if not regex.isascii():
        odd = next(char for char in regex if not char.isascii())
        raise BadRules(f"{odd!r} is never found: texts are read without accents; write {folded(odd)!r} in its place")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.never_nl = True
    try:
        pattern = cast("Pattern", re2.compile(_SPACE.sub(" +", regex).encode(), options=options))
    except re2.error as error:
        said = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise BadRules(
            f"RE2 cannot read it ({said}); look-around and back references are not among what it knows"
        ) from error
    if pattern.search(b""):
        raise BadRules("it matches an empty text; name something that has to be there")
    return pattern


@cache
def _words() -> _Words:
    return _Words.model_validate(tomllib.loads(_text(WORDS)))


@cache
def _built_in() -> tuple[tuple[str, _File], ...]:
    return tuple((name, _File.model_validate(tomllib.loads(_text(name)))) for name in BUILT_IN)


def _text(name: str) -> str:
    return resources.files("services.review").joinpath("templates", "coaching", name).read_text("utf-8")


def _own(path: Path) -> _File:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadRules(
            f"{path.name}: it cannot be read ({error}); write TOML in UTF-8 where the room can read it"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise BadRules(f"{path.name}: it is no TOML ({error}); correct that line") from error
    if "forms" in table:
        raise BadRules(
            f"{path.name}: forms: what is looked at without words is code; write `rules`, or switch forms `off`"
        )
    try:
        return _File.model_validate(table)
    except ValidationError as error:
        raise BadRules(f"{path.name}: {_said(error, table)}") from error


def _said(error: ValidationError, table: Mapping[str, Any]) -> str:
    """Return what is wrong with the first field that is, by the name of its rule."""
    first = error.errors()[0]
    place = list(first["loc"])
    if place[:1] == ["rules"] and len(place) > 1 and isinstance(place[1], int):
        row = table["rules"][place[1]]
        name = row.get("name") if isinstance(row, dict) else None
        place[:2] = [f"rule {name!r}" if name else f"rule number {place[1] + 1}"]
    fix = "take it out; it is no field" if first["type"] == "extra_forbidden" else first["msg"]
    return f"{': '.join(str(part) for part in place)}: {fix}"


def _is_new(file: str, row: _Form, names: set[str]) -> None:
    if row.name in names:
        raise BadRules(f"{file}: rule {row.name!r}: there is one of this name already; take another name")


def _rule(file: str, row: _Rule, families: Mapping[str, _Family], words: Mapping[str, str]) -> WordRule:
    advice = _advice(file, row, families)
    try:
        each = tuple(_filled(pattern, words) for pattern in row.patterns)
        for regex in each:
            compiled(regex)
        whole = "|".join(f"(?:{regex})" for regex in each)
        unless = compiled(_filled(row.unless, words)) if row.unless else None
        return WordRule(advice, compiled(whole), whole, unless, row.sections, row.but)
    except BadRules as error:
        raise BadRules(f"{file}: rule {row.name!r}: patterns: {error}") from error


def _advice(file: str, row: _Form, families: Mapping[str, _Family]) -> Advice:
    family = families.get(row.family)
    if family is None:
        raise BadRules(
            f"{file}: rule {row.name!r}: family: there is no {row.family!r}; add [families.{row.family}] with bias"
            f" and why, or take one of {', '.join(sorted(families))}"
        )
    return Advice(row.name, row.family, row.severity, row.message, family.bias, family.why, row.rewrite)


def _filled(regex: str, words: Mapping[str, str]) -> str:
    """Put words in for their names, and for names within them."""

    def word(match: re.Match[str]) -> str:
        if match[1] not in words:
            raise BadRules(f"there are no words {match[0]}; there are {', '.join(sorted(words))}")
        return f"(?:{words[match[1]]})"

    for _ in range(DEPTH):
        if not _WORD.search(regex):
            return regex
        regex = _WORD.sub(word, regex)
    raise BadRules("words stand within themselves; write them out")


def _off(files: Iterable[tuple[str, _File]], names: set[str]) -> frozenset[str]:
    for file, rows in files:
        if unknown := sorted(set(rows.off) - names):
            raise BadRules(f"{file}: off: there is no rule {unknown[0]!r}; there are {', '.join(sorted(names))}")
    return frozenset(name for _, rows in files for name in rows.off)
