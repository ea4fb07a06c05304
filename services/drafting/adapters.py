"""The template, the calendar of free days and the words of advice: text and dates, exchanged without code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import resources

import holidays
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from services.drafting.domain import Facts, Wording, Written
from shared.contracts.impact import Durations
from shared.contracts.values import Report

TO_DO = re.compile(r"^> To do:", re.MULTILINE)


class Template:
    """The sections of a draft, filled from the incident; unknown things are asked for, never made up."""

    def __init__(self, text: str | None = None) -> None:
        source = text or resources.files("services.drafting").joinpath("templates/template.toml").read_text("utf-8")
        # Markdown is cleaned where it is shown; here only cells and lines must not break the table.
        environment = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=False, autoescape=False)
        environment.filters |= {"utc": _utc, "cell": _cell, "role": _role, "took": _took}
        self.sections = {row["name"]: environment.from_string(row["text"]) for row in tomllib.loads(source)["sections"]}

    def write(self, facts: Facts) -> Written:
        """Fill every section."""
        values = {name: getattr(facts, name) for name in Facts.__slots__}
        values["durations"] = facts.durations or Durations()
        values["duration"] = _duration(facts.incident.started_at, facts.incident.resolved_at)
        return Written({name: section.render(values).strip() + "\n" for name, section in self.sections.items()})


def missing(report: Report) -> tuple[str, ...]:
    """Return the sections that are empty or still ask for something."""
    return tuple(name for name, text in report.items() if not text.strip() or TO_DO.search(text))


def free_days(codes: tuple[str, ...]) -> Callable[[date], bool]:
    """Return what tells weekends and public holidays. `codes`: country or country-subdivision, such as DE-BE.

    Raises NotImplementedError for a code that the holidays library does not know.
    """
    calendars = [holidays.country_holidays(code.split("-")[0], subdiv=code.partition("-")[2] or None) for code in codes]

    def is_free(day: date) -> bool:
        return day.weekday() >= 5 or any(day in calendar for calendar in calendars)  # noqa: PLR2004 - Saturday

    return is_free


def wording() -> Wording:
    """Return the words that advice on action items goes by."""
    source = resources.files("services.drafting").joinpath("templates/item_advice.toml").read_text("utf-8")
    words = tomllib.loads(source)
    return Wording(
        verbs=frozenset(words["verbs"].split()),
        skipped=frozenset(words["skipped"]),
        vague=tuple(words["vague"]),
        unbounded=tuple(words["unbounded"]),
        attention=tuple(words["attention"]),
        endless=tuple(words["endless"]),
        ends=tuple(words["ends"]),
        general=frozenset(words["general"].split()),
        told={rule: (row["reason"], row["hint"]) for rule, row in words["told"].items()},
    )


def _utc(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if moment else "not known"


def _cell(text: str) -> str:
    """Make text fit into one cell of a Markdown table."""
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())


def _role(role: str) -> str:
    return role.replace("_", " ").capitalize()


def _took(seconds: int | None) -> str:
    return "not known" if seconds is None else _length(seconds // 60)


def _duration(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        return "of unknown length"
    return _length((end - start) // timedelta(minutes=1))


def _length(minutes: int) -> str:
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
