"""All checks of an installation, put together from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import groupby
from typing import Protocol

from deploy.operate.doctor import (
    broker_check,
    calendar_check,
    database_check,
    disk_check,
    management_check,
    policy_check,
    relay_check,
    rooms_check,
    settings_check,
)
from deploy.operate.doctor.finding import Check, Finding
from deploy.operate.doctor.installation import Installation
from deploy.operate.doctor.settings_check import Known
from deploy.operate.doctor.side_by_side import run_all
from services.calendar.settings import Settings as CalendarSettings
from services.distribution.settings import Settings as DistributionSettings
from services.gateway.settings import Settings as GatewaySettings
from shared.settings import RoomSettings


class Examine(Protocol):
    """Looks at the servers; what it is made from is known."""

    async def __call__(self, seconds: float) -> list[Finding]:
        """Return what is found; each check takes so many seconds at most."""


def of(installation: Installation) -> tuple[list[Finding], Examine]:
    """Return what is found in the settings alone, and what looks at the servers that they name.

    Rooms are put together for it, outside any event loop, as at their start.
    """
    known, findings = settings_check.read(installation)
    for path in sorted({settings.policy for settings in known.values()}):
        findings += policy_check.check(path)
    return findings, partial(run_all, _checks(installation, known))


def _checks(installation: Installation, known: Known) -> dict[str, Check]:
    checks: dict[str, Check] = {}
    for number, url in enumerate(sorted({each.rabbitmq_url.get_secret_value() for each in known.values()})):
        checks[f"broker {number + 1}" if number else "broker"] = partial(broker_check.check, url)
    if known:
        checks["management"] = partial(management_check.check, installation.management_url, known)
    for url, names in _databases(known).items():
        checks["database"] = partial(database_check.check, url, names)
    for settings in known.values():
        checks |= _own(settings)
    if installation.folder:
        checks["disk"] = partial(disk_check.check, installation.folder)
    return checks


def _databases(known: Known) -> Mapping[str, Mapping[str, str]]:
    """Return the databases by the server that has them."""

    def url_of(room: str) -> str:
        return known[room].mongo_url.get_secret_value()

    grouped = groupby(sorted(known, key=url_of), key=url_of)
    return {url: {room: f"{known[room].database}_{room}" for room in rooms} for url, rooms in grouped}


def _own(settings: RoomSettings) -> dict[str, Check]:
    """Return the checks of what one room alone talks to."""
    match settings:
        case CalendarSettings():
            return {"calendar": partial(calendar_check.check, settings)}
        case DistributionSettings():
            return {"relay": partial(relay_check.check, settings)}
        case GatewaySettings():
            return {"rooms": partial(rooms_check.check, {str(name): url for name, url in settings.rooms.items()})}
    return {}
