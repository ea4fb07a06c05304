"""The rules as styles of Vale, so that authors see the same in their editor while they write.

Vale knows neither the incident's people, nor sections, nor what takes a remark back: it says a little more on some
sentences, and nothing where a name or a section is needed.
"""

from __future__ import annotations

import json

from services.review.domain.coaching.rules import Rules, WordRule
from shared.contracts.coaching import RemarkSeverity as Severity

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "suggestion"}
FOLDER = "Afterword"


def vale_styles(rules: Rules) -> dict[str, str]:
    """Return file name -> YAML of a style, one for each rule of words that looks into every section.

    Put them into the folder `styles` beside a `.vale.ini` with `BasedOnStyles = Afterword`. JSON's strings are YAML's.
    """
    return {f"{FOLDER}/{_title(rule)}.yml": _style(rule) for rule in rules.words if not rule.sections}


def vale_ini() -> str:
    """Return the settings of Vale with which these styles are used for Markdown."""
    return f"StylesPath = styles\nMinAlertLevel = suggestion\n\n[*.md]\nBasedOnStyles = {FOLDER}\n"


def _style(rule: WordRule) -> str:
    advice = rule.advice
    message = json.dumps(f"'%s': {advice.message} {advice.rewrite}".replace("`", ""))
    lines = (
        "extends: existence",
        f"message: {message}",
        f"description: {json.dumps(f'{advice.bias}: {advice.why}')}",
        f"level: {LEVELS[advice.severity]}",
        "scope: sentence",
        "ignorecase: true",
        "nonword: true",
        "raw:",
        f"  - {json.dumps(rule.regex)}",
    )
    return "".join(f"{line}\n" for line in lines)


def _title(rule: WordRule) -> str:
    return "".join(part.capitalize() for part in rule.advice.name.split("-"))
