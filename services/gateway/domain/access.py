"""What a role lets somebody do, and what a key's scopes leave of it: one table. Pure.

The rooms hold the rules of the practice (an owner never approves the own postmortem); this is the door.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

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

    @cached_property
    def actor(self) -> Actor:
        """Return whom the key lets in."""
        return Actor(name=self.name, email=self.email, role=self.role)


class Act(StrEnum):
    """What somebody can want at the door; every route asks for one of these."""

    REPORT_INCIDENTS = "report_incidents"
    READ_POSTMORTEMS = "read_postmortems"
    EDIT_POSTMORTEMS = "edit_postmortems"
    SUBMIT_POSTMORTEMS = "submit_postmortems"
    READ_REVIEWS = "read_reviews"
    GIVE_VERDICTS = "give_verdicts"
    TAKE_REVIEWS = "take_reviews"
    READ_REVIEWERS = "read_reviewers"
    CHANGE_REVIEWERS = "change_reviewers"
    READ_MEETINGS = "read_meetings"
    JOIN_MEETINGS = "join_meetings"
    MOVE_MEETINGS = "move_meetings"
    PUBLISH_POSTMORTEMS = "publish_postmortems"
    CORRECT_POSTMORTEMS = "correct_postmortems"
    SKIP_POSTMORTEMS = "skip_postmortems"
    REQUIRE_POSTMORTEMS = "require_postmortems"
    READ_DELIVERIES = "read_deliveries"
    READ_LISTS = "read_lists"
    CHANGE_LISTS = "change_lists"
    CHANGE_SUBSCRIPTIONS = "change_subscriptions"
    READ_SUPPRESSIONS = "read_suppressions"
    CHANGE_SUPPRESSIONS = "change_suppressions"
    READ_ACTION_ITEMS = "read_action_items"
    CHANGE_ACTION_ITEMS = "change_action_items"
    READ_INSIGHTS = "read_insights"
    WATCH_EVENTS = "watch_events"
    READ_OWN_COMMANDS = "read_own_commands"
    OPERATE = "operate"
    IMPORT_POSTMORTEMS = "import_postmortems"


class Group(StrEnum):
    """The coarse scopes of a key: each stands for many acts."""

    REPORT = "report"
    READ = "read"
    WRITE = "write"


class Rule(NamedTuple):
    """Whose role may do something, and the coarse scopes that include it."""

    roles: frozenset[Role]
    groups: frozenset[Group]


ANYBODY = frozenset(Role)
PEOPLE = frozenset({Role.ENGINEER, Role.REVIEWER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
REPORT, READ, WRITE = (frozenset({group}) for group in Group)

MAY: dict[Act, Rule] = {
    Act.REPORT_INCIDENTS: Rule(ANYBODY, REPORT),
    Act.READ_POSTMORTEMS: Rule(PEOPLE, READ),
    Act.EDIT_POSTMORTEMS: Rule(PEOPLE, WRITE),
    Act.SUBMIT_POSTMORTEMS: Rule(PEOPLE, WRITE),
    Act.READ_REVIEWS: Rule(PEOPLE, READ),
    Act.GIVE_VERDICTS: Rule(PEOPLE, WRITE),
    Act.TAKE_REVIEWS: Rule(PEOPLE, WRITE),
    Act.READ_REVIEWERS: Rule(PEOPLE, READ),
    Act.CHANGE_REVIEWERS: Rule(PEOPLE, WRITE),
    Act.READ_MEETINGS: Rule(PEOPLE, READ),
    Act.JOIN_MEETINGS: Rule(PEOPLE, WRITE),
    Act.MOVE_MEETINGS: Rule(PEOPLE, WRITE),
    Act.PUBLISH_POSTMORTEMS: Rule(PEOPLE, WRITE),
    Act.CORRECT_POSTMORTEMS: Rule(PEOPLE, WRITE),
    Act.SKIP_POSTMORTEMS: Rule(PEOPLE, WRITE),
    Act.REQUIRE_POSTMORTEMS: Rule(PEOPLE, WRITE),
    Act.READ_DELIVERIES: Rule(PEOPLE, READ),
    Act.READ_LISTS: Rule(PEOPLE, READ),
    Act.CHANGE_LISTS: Rule(ADMINS, WRITE),
    Act.CHANGE_SUBSCRIPTIONS: Rule(PEOPLE, WRITE),
    Act.READ_SUPPRESSIONS: Rule(ADMINS, READ),
    Act.CHANGE_SUPPRESSIONS: Rule(ADMINS, WRITE),
    Act.READ_ACTION_ITEMS: Rule(PEOPLE, READ),
    Act.CHANGE_ACTION_ITEMS: Rule(PEOPLE, WRITE),
    Act.READ_INSIGHTS: Rule(PEOPLE, READ),
    Act.WATCH_EVENTS: Rule(PEOPLE, READ),
    Act.READ_OWN_COMMANDS: Rule(PEOPLE, READ | WRITE),
    Act.OPERATE: Rule(ADMINS, WRITE),
    Act.IMPORT_POSTMORTEMS: Rule(ADMINS, WRITE),
}
"""Who may knock for what. Tools only report. Who of the people may do it to this postmortem (only assigned reviewers
give verdicts, only the owner or an admin publishes or skips) is decided in the room that owns the matter. A key that
may change something may also see what became of it."""
SCOPES = frozenset({*map(str, Act), *map(str, Group)})
"""What a key can be narrowed to: the name of an act, or of a group of acts."""


class Denied(NamedTuple):
    """Why somebody may not: the rule's name, and in words; `scope` is one that would do, when that is what lacks."""

    rule: str
    detail: str
    scope: str | None = None


def denied(act: Act, role: Role, scopes: frozenset[str] | None) -> Denied | None:
    """Say why a caller may not do this, or None when they may; scopes of None leave all that the role may."""
    rule = MAY[act]
    if role not in rule.roles:
        needed = ", ".join(sorted(rule.roles))
        return Denied("role-needed", f"The role {role} may not do this; it takes one of {needed}.")
    enough = {str(act), *map(str, rule.groups)}
    if scopes is None or scopes & enough:
        return None
    coarse = ", ".join(sorted(rule.groups))
    text = f"This key is narrowed to {', '.join(sorted(scopes)) or 'nothing'}; this takes the scope {act}, or {coarse}."
    return Denied("scope-needed", text, str(act))


def useless(role: Role, scopes: Iterable[str]) -> list[str]:
    """Return the scopes that give a role nothing: it may none of their acts, or there is no such scope."""
    return sorted(scope for scope in set(scopes) if not any(role in MAY[act].roles for act in _acts_of(scope)))


def _acts_of(scope: str) -> list[Act]:
    return [act for act, rule in MAY.items() if scope in {str(act), *map(str, rule.groups)}]


def who_is(key: str, keys: Iterable[ApiKey]) -> Actor | None:
    """Return whose key this is, or None. Every key is compared, in constant time."""
    digest = sha256(key.encode()).hexdigest()
    found = None
    for known in keys:
        if hmac.compare_digest(digest, known.key_sha256):
            found = known.actor
    return found


def known_as(email: str, keys: Iterable[ApiKey]) -> tuple[Actor, ...]:
    """Return as whom a person is known here: once for each of their keys, not at all without one."""
    return tuple(key.actor for key in keys if key.email == email)
