"""The postmortem of the month: chosen by admins, else by a rule that is told. Nobody's clicks are counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from services.distribution.domain.digest.brief import Brief
from shared.contracts.commands import Role
from shared.contracts.decision import UNKNOWN_POSTMORTEM, Decision, Kind, Refusal, Reply
from shared.contracts.digests import ChoosePostmortemOfTheMonth


class MonthChoice(BaseModel):
    """What was chosen for a month, by whom and why; without `chosen` the rule chooses."""

    model_config = ConfigDict(frozen=True)

    month: str
    chosen: str | None
    why: str = ""
    chosen_by: str
    chosen_at: datetime


def choose(
    known: MonthChoice | None, command: ChoosePostmortemOfTheMonth, brief: Brief | None, now: datetime
) -> Decision[MonthChoice | None]:
    """Name a postmortem, which `brief` is about, or none; admins only."""
    if refusal := _objection(command, brief):
        return Decision(state=known, reply=Reply(refusal=refusal))
    fields = {"month": command.month, "chosen": command.chosen, "why": command.why if command.chosen else ""}
    choice = MonthChoice(**fields, chosen_by=command.actor.name, chosen_at=now)
    return Decision(state=choice, reply=shown(choice, command.month))


def shown(choice: MonthChoice | None, month: str) -> Reply:
    """Return what is told of a choice."""
    if choice is None or choice.chosen is None:
        empty = dict.fromkeys(("chosen", "chosen_by", "chosen_at"))
        return Reply(data={"month": month, "why": "", **empty})
    return Reply(data=choice.model_dump(mode="json"))


def told_month(since: datetime, until: datetime, zone: ZoneInfo) -> str | None:
    """Return the month that a digest tells of: the one that ended last, in the first digest after its end."""
    begins, ends = since.astimezone(zone), until.astimezone(zone)
    if (begins.year, begins.month) == (ends.year, ends.month):
        return None
    return month_of(ends.replace(day=1) - timedelta(days=1), zone)


def month_of(moment: datetime, zone: ZoneInfo) -> str:
    """Return the month in which something was."""
    return f"{moment.astimezone(zone):%Y-%m}"


def by_rule(briefs: Iterable[Brief], month: str, zone: ZoneInfo) -> Brief | None:
    """Return the most severe report of a month; of those the one with most action items, then the first one."""
    found = [
        (brief.approved.severity, -len(brief.items), first, brief.id, brief)
        for brief in briefs
        if brief.approved and (first := brief.first_published_at) and month_of(first, zone) == month
    ]
    return min(found, key=lambda each: each[:4])[4] if found else None


def _objection(command: ChoosePostmortemOfTheMonth, brief: Brief | None) -> Refusal | None:
    if command.actor.role is not Role.ADMIN:
        text = "Only an admin chooses the postmortem of the month."
        return Refusal(kind=Kind.FORBIDDEN, rule="admins-only", detail=text)
    if command.chosen is None:
        return None
    if brief is None or not brief.circle.sees(command.actor.email):
        return UNKNOWN_POSTMORTEM
    if brief.edition is None:
        text = "Nothing of it is published yet; choose one that is."
        return Refusal(kind=Kind.CONFLICT, rule="not-published", detail=text, field="postmortem_id")
    if brief.circle.restricted:
        text = "It is restricted, and digests go to everybody; choose another one."
        return Refusal(kind=Kind.CONFLICT, rule="restricted-stays-out", detail=text, field="postmortem_id")
    return None
