"""A template: the sections of a draft as a file describes them, filled from the incident.

A file is checked as a whole when it is read, by filling it from incidents of which much and nearly nothing is known.
What a text does that no sample shows is no reason to have no draft: the section then asks for what it could not say.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from jinja2 import StrictUndefined, TemplateSyntaxError, meta
from jinja2 import Template as Text
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.drafting.adapters.samples import SAMPLES
from services.drafting.domain import Facts, Written
from shared.contracts.base import Severity
from shared.contracts.impact import IncidentDurations
from shared.contracts.sections import Section
from shared.contracts.severities import SeverityWords

log = structlog.get_logger(__name__)
ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LONGEST = 100_000
"""Characters that a section's text may have in the file."""
BESIDE = frozenset({"duration", "severity_label", "severity_description", "to_do"})
"""What a text may use besides the incident's facts."""
Words = Mapping[Severity, SeverityWords]


class BadTemplate(ValueError):
    """A template is wrong: in one line the section, what is wrong with it, and what to write instead."""


class SectionOfFile(Section):
    """A section as a template file has it; without `text` the draft asks with `help` and `prompts`."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="{{ to_do }}", max_length=LONGEST)

    def described(self) -> Section:
        """Return what travels with a postmortem."""
        return Section(**{name: getattr(self, name) for name in Section.model_fields})


class TemplateFile(BaseModel):
    """The file: sections in their order."""

    model_config = ConfigDict(extra="forbid")

    sections: tuple[SectionOfFile, ...] = Field(min_length=1, max_length=60)


class Template:
    """The sections of a draft, filled from the incident; unknown things are asked for, never made up."""

    def __init__(self, source: str, words: Words | None = None) -> None:
        """Take a template file's text. Raises: BadTemplate."""
        read = _read(source)
        self.words = words or {}
        self.sections = tuple(each.described() for each in read)
        environment = _environment()
        self._texts = {each.name: _compiled(each, environment) for each in read}
        for facts in SAMPLES:
            for section in self.sections:
                self._checked(section, facts)

    def write(self, facts: Facts) -> Written:
        """Fill every section."""
        report = {section.name: self._filled(section, facts) for section in self.sections}
        return Written(report, self.sections)

    def _filled(self, section: Section, facts: Facts) -> str:
        try:
            return self._render(section, facts).strip() + "\n"
        except Exception as error:  # noqa: BLE001 - what an expression raises is not known; a draft is better than none
            log.warning("section not filled", section=section.name, error=str(error))
            return f"{_to_do(section)}\n>\n> (The template could not fill this section: {_one_line(str(error))})\n"

    def _checked(self, section: Section, facts: Facts) -> None:
        try:
            self._render(section, facts)
        except Exception as error:
            raise BadTemplate(f"section {section.name!r}: text: {_one_line(str(error))}{_HINT}") from error

    def _render(self, section: Section, facts: Facts) -> str:
        return self._texts[section.name].render({**_values(facts, self.words), "to_do": _to_do(section)})


_HINT = "; it has to work for an incident of which little is known: `{% if summary %}`, `incident.url or 'not known'`"


def _read(source: str) -> tuple[SectionOfFile, ...]:
    try:
        found = TemplateFile.model_validate(tomllib.loads(source)).sections
    except tomllib.TOMLDecodeError as error:
        raise BadTemplate(f"is not TOML: {error}") from error
    except ValidationError as error:
        raise BadTemplate(_in_words(error, source)) from error
    for field in ("name", "title"):
        values = [getattr(section, field).casefold() for section in found]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice:
            raise BadTemplate(f"section {twice!r}: two sections have this {field}; give each its own")
    return found


def _in_words(error: ValidationError, source: str) -> str:
    """Return the first error by the section's name, in words that say what may stand there."""
    first = error.errors()[0]
    where, rows = list(first["loc"]), tomllib.loads(source).get("sections")
    if len(where) < 2 or not isinstance(rows, list) or not isinstance(where[1], int):  # noqa: PLR2004 - list and place
        return f"{'.'.join(map(str, where))}: {_meant(first)}; a template has [[sections]] and nothing else"
    row, field = rows[where[1]], ".".join(str(part) for part in where[2:])
    name = row.get("name") if isinstance(row, dict) else None
    return ": ".join(filter(None, (f"section {name!r} (number {where[1] + 1})", field, _meant(first))))


def _meant(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return f"there is no such key; a section has {', '.join(SectionOfFile.model_fields)}"
    if error["loc"][-1] == "name" and error["type"] == "string_pattern_mismatch":
        return "write it in small letters, digits and underscores, at most 60, a letter first: what_happened"
    if error["type"] == "string_pattern_mismatch":
        return "write one line, without control characters"
    return str(error["msg"])


def _environment() -> SandboxedEnvironment:
    # Markdown is cleaned where it is shown; here only cells and lines must not break the table.
    environment = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=False, autoescape=False)
    environment.filters |= {"utc": _utc, "cell": _cell, "role": _role, "took": _took}
    return environment


def _compiled(section: SectionOfFile, environment: SandboxedEnvironment) -> Text:
    """Return a text ready to be filled. Raises: BadTemplate with the line that is wrong."""
    known = {*Facts.__slots__, *BESIDE}
    try:
        unknown = sorted(meta.find_undeclared_variables(environment.parse(section.text)) - known)
        text = environment.from_string(section.text)
    except TemplateSyntaxError as error:
        raise BadTemplate(f"section {section.name!r}: text, line {error.lineno}: {error.message}") from error
    if unknown:
        has = ", ".join(sorted(known))
        raise BadTemplate(f"section {section.name!r}: text: there is no variable {unknown[0]!r}; there are {has}")
    return text


def _values(facts: Facts, words: Words) -> dict[str, Any]:
    values = {name: getattr(facts, name) for name in Facts.__slots__}
    called = words.get(facts.severity, SeverityWords())
    return values | {
        "durations": facts.durations or IncidentDurations(),
        "duration": _duration(facts.incident.started_at, facts.incident.resolved_at),
        "severity_label": called.label or facts.severity.value.upper(),
        "severity_description": called.description or "",
    }


def _to_do(section: Section) -> str:
    """Return how a draft asks for a section, with everything that helps to write it."""
    asked = f"> To do: {_one_line(section.help) or 'write this section.'}"
    if not section.prompts:
        return asked
    return "\n".join((asked, ">", *(f"> - {prompt}" for prompt in section.prompts)))


def _utc(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if moment else "not known"


def _one_line(text: str) -> str:
    return " ".join(ODD.sub(" ", text).split())


def _cell(text: str) -> str:
    """Make text fit into one cell of a Markdown table."""
    return _one_line(text.replace("\\", "\\\\").replace("|", "\\|"))


def _role(role: str) -> str:
    return role.replace("_", " ").capitalize()


def _duration(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        return "of unknown length"
    return _length((end - start) // timedelta(minutes=1))


def _took(seconds: int | None) -> str:
    return "not known" if seconds is None else _length(seconds // 60)


def _length(minutes: int) -> str:
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
