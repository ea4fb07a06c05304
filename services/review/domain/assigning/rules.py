"""Who is never asked to review a postmortem: one table, for assignments, claims, and what is handed over. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from services.review.domain.assigning.case import Case, accounts
from services.review.domain.assigning.hours import awake
from shared.contracts.community import Member, is_away
from shared.contracts.decision import Kind


class Broken(StrEnum):
    """Why somebody is not asked, as it is counted; `gone`: they are no member any more, and are not counted."""

    GONE = "gone"
    BARRED = "barred"
    DECLINED = "declined"
    AWAY = "away"
    FULL = "full"
    ASLEEP = "asleep"
    UNPAIRED = "unpaired"


@dataclass(frozen=True, slots=True, kw_only=True)
class HardRule:
    """One rule: its stable name, who breaks it, and what somebody is told who runs into it.

    `own_choice`: it spares people what they may take on all the same by claiming a review.
    """

    name: str
    counts: Broken
    kind: Kind
    detail: str
    breaks: Callable[[Case, Member], bool]
    own_choice: bool = False


def _is_involved(case: Case, member: Member) -> bool:
    return bool(accounts(member) & case.involved)


def _is_of_the_team(case: Case, member: Member) -> bool:
    teams = (member.team, case.practice.teams.get(member.email))
    return bool({team.casefold() for team in teams if team} & case.teams)


def _may_not_read(case: Case, member: Member) -> bool:
    return case.draft.restricted and member.email not in {*case.draft.readers, *case.before}


def _has_declined(case: Case, member: Member) -> bool:
    return member.email in case.declined and member.email not in case.before


def _is_away(case: Case, member: Member) -> bool:
    return is_away(member, case.now, case.practice.timezone)


def _is_full(case: Case, member: Member) -> bool:
    return case.load(member).open >= case.capacity(member) and member.email not in case.before


def _is_asleep(case: Case, member: Member) -> bool:
    return awake(member, case.practice, case.now, case.due) < case.practice.least


RULES: tuple[HardRule, ...] = (
    HardRule(
        name="not-a-member",
        counts=Broken.GONE,
        kind=Kind.CONFLICT,
        detail="Only members of the community review; they join by PUT /v1/reviewers/{email}.",
        breaks=lambda _, member: not member.active,
    ),
    HardRule(
        name="own-postmortem",
        counts=Broken.BARRED,
        kind=Kind.FORBIDDEN,
        detail="Owner, authors and people of the incident do not review their own postmortem, under whatever address.",
        breaks=_is_involved,
    ),
    HardRule(
        name="same-team",
        counts=Broken.BARRED,
        kind=Kind.FORBIDDEN,
        detail="A postmortem is reviewed from outside the team that it is about; name somebody of another team.",
        breaks=_is_of_the_team,
    ),
    HardRule(
        name="not-a-reader",
        counts=Broken.BARRED,
        kind=Kind.CONFLICT,
        detail="It is restricted, and they are none of its readers; its owner can name them.",
        breaks=_may_not_read,
    ),
    HardRule(
        name="declined-before",
        counts=Broken.DECLINED,
        kind=Kind.CONFLICT,
        detail="They were asked and do not review this postmortem; they may claim it themselves.",
        breaks=_has_declined,
        own_choice=True,
    ),
    HardRule(
        name="reviewer-away",
        counts=Broken.AWAY,
        kind=Kind.CONFLICT,
        detail="They are away now; name somebody who is there.",
        breaks=_is_away,
        own_choice=True,
    ),
    HardRule(
        name="at-capacity",
        counts=Broken.FULL,
        kind=Kind.CONFLICT,
        detail="They have as many open reviews as they take; name somebody else, or let them claim it themselves.",
        breaks=_is_full,
        own_choice=True,
    ),
    HardRule(
        name="no-awake-hours",
        counts=Broken.ASLEEP,
        kind=Kind.CONFLICT,
        detail="Before it is due they have too little of their working day left; name somebody else.",
        breaks=_is_asleep,
        own_choice=True,
    ),
)
"""In this order: the first that is broken is the one that is named and counted."""


def broken(case: Case, member: Member, *, claims: bool = False) -> HardRule | None:
    """Return the first rule that it would break to ask this member, or None; `claims`: they want to do it."""
    return next((rule for rule in RULES if not (claims and rule.own_choice) and rule.breaks(case, member)), None)
