"""What stands beside the sections as fields of a form, and what somebody has changed in them. Pure.

A form says what its fields said before: only what was changed is sent, so that it is in nobody else's way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.contracts.events import Snapshot

LINES = ("title", "severity", "owner_name", "owner_email")
LISTS = ("services", "tags", "readers")
YES = "yes"
FIELDS = (*LINES, *LISTS, "restricted")
PART_OF = {"owner_name": "owner", "owner_email": "owner"}
"""The part of a postmortem that a field belongs to, where it has another name."""


def fields(draft: Snapshot) -> dict[str, str]:
    """Return each field as it stands there."""
    return {
        "title": draft.title,
        "severity": draft.severity.value,
        "owner_name": draft.owner.name,
        "owner_email": draft.owner.email,
        **{name: "\n".join(getattr(draft, name)) for name in LISTS},
        "restricted": YES if draft.restricted else "",
    }


def typed(form: Mapping[str, str], prefix: str = "") -> dict[str, str]:
    """Return the fields that a form has, without what is about white space only."""
    found = {name: form[prefix + name] for name in FIELDS if prefix + name in form}
    return {name: "\n".join(_entries(text)) if name in LISTS else text.strip() for name, text in found.items()}


def patch(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Any]:
    """Return what was changed, as the API takes it."""
    changed = {name: text for name, text in after.items() if text != before.get(name)}
    found: dict[str, Any] = {name: changed[name] for name in ("title", "severity") if name in changed}
    found |= {name: _entries(changed[name]) for name in LISTS if name in changed}
    if {"owner_name", "owner_email"} & changed.keys():
        found["owner"] = {"name": after.get("owner_name", ""), "email": after.get("owner_email", "")}
    if "restricted" in changed:
        found["restricted"] = changed["restricted"] == YES
    return found


def onto(before: Mapping[str, str], after: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """Return the fields as somebody changed them, over what stands there now."""
    return {**now, **{name: text for name, text in after.items() if text != before.get(name)}}


def _entries(text: str) -> list[str]:
    return [entry for line in text.splitlines() if (entry := line.strip())]
