"""Trying out templates as drafting does: what is wrong with a file, and what a draft would look like."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from deploy.local import rooms
from deploy.local.errors import LocalError
from services.drafting.adapters import SAMPLES, BadTemplate, Template, TemplateBook
from services.drafting.app import templates
from services.drafting.domain import Facts
from services.drafting.settings import Policy
from shared.contracts.base import Severity
from shared.settings import SettingError, load_policy


def check(path: Path) -> Template:
    """Return a template that is right. Raises: LocalError that names the section and what is wrong with it."""
    try:
        return TemplateBook((), path.name, path.parent).of(SAMPLES[0])
    except BadTemplate as error:
        raise LocalError(str(error)) from error


def of_policy(severity: Severity, services: tuple[str, ...]) -> tuple[Template, Facts]:
    """Return the template that the policy has for such an incident, and a sample of one. Raises: LocalError."""
    facts = dataclasses.replace(SAMPLES[0], severity=severity, services=services or SAMPLES[0].services)
    path = rooms.policy()
    try:
        return templates(load_policy(path, Policy), path).of(facts), facts
    except SettingError as error:
        raise LocalError(str(error)) from error


def filled(template: Template, facts: Facts) -> str:
    """Return a draft as Markdown."""
    report = template.write(facts).report
    return "\n".join(f"## {section.title}\n\n{report[section.name]}" for section in template.sections)
