"""Whether every room would start with its settings: its own code reads them, and says what it would say then."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from deploy.operate.doctor.finding import Finding, failed, ok, warning
from deploy.operate.doctor.installation import Installation, environment
from shared.messaging.nodes import place
from shared.settings import PREFIX, RoomSettings, SettingError, load

CHECK = "settings"
OF_TOOLS = {
    *("LOCAL", "LOCAL_TOOLS", "LOCAL_DOCKER", "LOCAL_MARK", "TRACEBACK", "SECRETS", "RABBITMQ_MANAGEMENT_URL"),
    *("GATEWAY_PORT", "RABBITMQ_PORT", "MONGO_PORT", "CALDAV_PORT", "SMTP_PORT"),
}
"""What the commands read, and no room."""
SHORTEST = 12
"""Characters of a password that somebody on the network may guess at."""

Known = Mapping[str, RoomSettings]


def read(installation: Installation) -> tuple[Known, list[Finding]]:
    """Return the settings of every room that has good ones, and what is wrong with the others."""
    known: dict[str, RoomSettings] = {}
    wrong: dict[str, list[str]] = {}
    for room, given in installation.environments.items():
        with environment(given):
            lines = _read(room, known)
        for line in lines:
            wrong.setdefault(line, []).append(room)
    findings = [_wrong(line, rooms) for line, rooms in wrong.items()]
    findings += [*_unknown(installation.environments), *_short(known)]
    good = [room for room in known if not any(room in rooms for rooms in wrong.values())]
    if good:
        findings.insert(0, ok(CHECK, f"{', '.join(good)} can start with these"))
    return known, findings


def settings_class(room: str) -> type[RoomSettings]:
    """Return the class of a room's settings."""
    found: type[RoomSettings] = import_module(f"services.{room}.settings").Settings
    return found


def policy_class(room: str) -> Any:
    """Return the class of what a room reads of the policy file."""
    return import_module(f"services.{room}.settings").Policy


def _read(room: str, known: dict[str, RoomSettings]) -> list[str]:
    """Put a room together, without starting it; return what is wrong."""
    try:
        known[room] = load(settings_class(room))
        import_module(f"services.{room}.app").build(known[room])
    except SettingError as error:
        return [str(error), *error.others]
    return []


def _wrong(line: str, rooms: list[str]) -> Finding:
    """The rooms' line is "NAME: what is wrong; what helps"."""
    name, _, rest = line.partition(": ")
    what, _, help = rest.partition("; ")
    return failed(CHECK, f"{name}: {what}", ", ".join(rooms), help)


def _unknown(environments: Mapping[str, Mapping[str, str]]) -> Iterable[Finding]:
    rooms = ("drafting", "review", "calendar", "distribution", "gateway")
    known = {name.upper() for room in rooms for name in settings_class(room).model_fields} | OF_TOOLS
    for name in sorted({name for given in environments.values() for name in given}):
        if (bare := name.removeprefix(PREFIX).removesuffix("_FILE")) not in known:
            near = difflib.get_close_matches(bare, known, n=1)
            help = f"did you mean {PREFIX}{near[0]}?" if near else "remove it"
            yield warning(CHECK, f"{name} is set, and nothing reads it", help=help)


def _short(known: Known) -> Iterable[Finding]:
    seen = set()
    for settings in known.values():
        for name, value in settings:
            secret = value.get_secret_value() if isinstance(value, SecretStr) else ""
            password = unquote(urlsplit(secret).password or "") if "://" in secret else ""
            if 0 < len(password) < SHORTEST and name not in seen:
                seen.add(name)
                what = f"the password in {PREFIX}{name.upper()} has {len(password)} characters"
                yield warning(CHECK, what, place(secret), "python3 -c 'import secrets; print(secrets.token_urlsafe())'")
