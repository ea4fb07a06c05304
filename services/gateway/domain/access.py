"""Who calls, and what their role lets them do: one table. Pure.

The rooms hold the rules of the practice (an owner never approves the own postmortem); this is the door.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Email, Line
from shared.contracts.commands import Actor, Role


class ApiKey(BaseModel):
    """A key as it is stored: only its SHA-256. Keys are 256 random bits, so no slow hash is needed."""

    model_config = ConfigDict(frozen=True)

    key_sha256: str
    email: Email
    name: Line
    role: Role


class Act(StrEnum):
    """What somebody can want at the door; every route asks for one of these."""

    REPORT_INCIDENTS = "report_incidents"
    READ_POSTMORTEMS = "read_postmortems"
    EDIT_POSTMORTEMS = "edit_postmortems"
    SUBMIT_POSTMORTEMS = "submit_postmortems"
    READ_REVIEWS = "read_reviews"
    GIVE_VERDICTS = "give_verdicts"
    READ_REVIEWERS = "read_reviewers"
    CHANGE_REVIEWERS = "change_reviewers"
    READ_MEETINGS = "read_meetings"
    JOIN_MEETINGS = "join_meetings"
    MOVE_MEETINGS = "move_meetings"
    PUBLISH_POSTMORTEMS = "publish_postmortems"
    CORRECT_POSTMORTEMS = "correct_postmortems"
    READ_DELIVERIES = "read_deliveries"
    READ_LISTS = "read_lists"
    CHANGE_LISTS = "change_lists"
    READ_ACTION_ITEMS = "read_action_items"
    CHANGE_ACTION_ITEMS = "change_action_items"
    READ_INSIGHTS = "read_insights"
    WATCH_EVENTS = "watch_events"
    READ_OWN_COMMANDS = "read_own_commands"


ANYBODY = frozenset(Role)
PEOPLE = frozenset({Role.ENGINEER, Role.REVIEWER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})

MAY: dict[Act, frozenset[Role]] = {
    Act.REPORT_INCIDENTS: ANYBODY,
    Act.READ_POSTMORTEMS: PEOPLE,
    Act.EDIT_POSTMORTEMS: PEOPLE,
    Act.SUBMIT_POSTMORTEMS: PEOPLE,
    Act.READ_REVIEWS: PEOPLE,
    Act.GIVE_VERDICTS: PEOPLE,
    Act.READ_REVIEWERS: PEOPLE,
    Act.CHANGE_REVIEWERS: PEOPLE,
    Act.READ_MEETINGS: PEOPLE,
    Act.JOIN_MEETINGS: PEOPLE,
    Act.MOVE_MEETINGS: PEOPLE,
    Act.PUBLISH_POSTMORTEMS: PEOPLE,
    Act.CORRECT_POSTMORTEMS: PEOPLE,
    Act.READ_DELIVERIES: PEOPLE,
    Act.READ_LISTS: PEOPLE,
    Act.CHANGE_LISTS: ADMINS,
    Act.READ_ACTION_ITEMS: PEOPLE,
    Act.CHANGE_ACTION_ITEMS: PEOPLE,
    Act.READ_INSIGHTS: PEOPLE,
    Act.WATCH_EVENTS: PEOPLE,
    Act.READ_OWN_COMMANDS: PEOPLE,
}
"""Who may knock for what. Tools only report. Who of the people may do it to this postmortem (only assigned reviewers
give verdicts, only the owner or an admin publishes) is decided in the room that owns the matter."""


def who_is(key: str, keys: Iterable[ApiKey]) -> Actor | None:
    """Return whose key this is, or None. Every key is compared, in constant time."""
    digest = sha256(key.encode()).hexdigest()
    found = None
    for known in keys:
        if hmac.compare_digest(digest, known.key_sha256):
            found = Actor(name=known.name, email=known.email, role=known.role)
    return found


def known_as(email: str, keys: Iterable[ApiKey]) -> tuple[Actor, ...]:
    """Return as whom a person is known here: once for each of their keys, not at all without one."""
    return tuple(Actor(name=key.name, email=key.email, role=key.role) for key in keys if key.email == email)
