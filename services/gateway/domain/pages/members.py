"""The community as its page shows it, and what a form of one member says. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.gateway.domain.directory import KnownReviewer
from shared.contracts.availability import Away
from shared.contracts.community import Member, is_away


class Shown(NamedTuple):
    """A member, and whether they are away now."""

    member: Member
    is_away: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a form says of a member, every field as it is typed."""

    name: str = ""
    services: str = ""
    skills: str = ""
    note: str = ""
    level: str = ""
    capacity: str = ""
    away_until: str = ""
    away: str = ""
    timezone: str = ""
    opens: str = ""
    closes: str = ""


def shown_members(members: Iterable[Member], now: datetime, zone: str) -> tuple[Shown, ...]:
    """Return who belongs to the community, by name."""
    active = sorted((member for member in members if member.active), key=lambda member: (member.name, member.email))
    return tuple(Shown(member, is_away(member, now, zone)) for member in active)


def sheet_of(known: KnownReviewer | None, name: str, zone: str) -> Sheet:
    """Return the form as it is filled with what is known."""
    if known is None:
        return Sheet(name=name, level="experienced")
    member = known.reviewer
    here = ZoneInfo(member.timezone or zone)
    return Sheet(
        name=member.name,
        services=", ".join(member.services),
        skills=", ".join(member.skills),
        note=member.note,
        level=member.level.value,
        capacity=str(member.capacity or ""),
        away_until=f"{member.away_until.astimezone(here):%Y-%m-%dT%H:%M}" if member.away_until else "",
        away="\n".join(_line(each) for each in member.away),
        timezone=member.timezone or "",
        opens=f"{member.hours.opens:%H:%M}" if member.hours else "",
        closes=f"{member.hours.closes:%H:%M}" if member.hours else "",
    )


def _line(away: Away) -> str:
    """Return a time away as the form takes it."""
    told = away.model_dump(mode="json")
    return f"{told['since']} to {told['until']}"
