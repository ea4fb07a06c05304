"""What a weekly digest tells: made up once a week and frozen, so that everybody gets the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from services.distribution.domain.digest.brief import Brief
from services.distribution.domain.digest.month import MonthChoice, by_rule, told_month
from services.distribution.domain.digest.plan import LATEST, WEEK, Plan, Week
from shared.contracts.base import BaseMessage, Severity
from shared.contracts.decision import Decision

MOST = 50
"""Entries of one kind: more are counted."""
AHEAD = WEEK
YEAR = 52 * WEEK
"""Whole weeks: so each report has its anniversary in exactly one digest."""
BY_RULE = "By rule: the most severe report of the month, and of those the one that led to the most action items."


class DigestDue(BaseMessage):
    """The time of a week's digest has come, as a message to ourselves. Never on the wire."""

    name: ClassVar[str] = "DigestDue.v1"
    key: str

    @property
    def subject(self) -> str:
        """The digest."""
        return self.key


class Entry(BaseModel):
    """One line of a digest. `who` is answerable for it; `words` are what else there is to say."""

    model_config = ConfigDict(frozen=True)

    postmortem_id: str
    title: str
    severity: Severity | None = None
    at: datetime
    who: str = ""
    words: str = ""


class Digest(BaseModel):
    """The digest of one week, about what was published after `since` and until `until`, when it was due.

    `left_out` counts by section what was too much. `recipients` is how many mails were written down, None before that.
    `missed`: nothing was running in time, so nobody gets it.
    """

    model_config = ConfigDict(frozen=True)

    week: str
    since: datetime
    until: datetime
    missed: bool = False
    published: tuple[Entry, ...] = ()
    corrected: tuple[Entry, ...] = ()
    meetings: tuple[Entry, ...] = ()
    overdue: tuple[Entry, ...] = ()
    anniversaries: tuple[Entry, ...] = ()
    month: str | None = None
    of_the_month: Entry | None = None
    left_out: dict[str, int] = {}
    recipients: int | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return all that it tells."""
        first = (self.of_the_month,) if self.of_the_month else ()
        return (*first, *self.published, *self.corrected, *self.meetings, *self.overdue, *self.anniversaries)

    def without(self, hidden: frozenset[str]) -> Digest:
        """Return it without the postmortems of these ids."""
        if not hidden.intersection(entry.postmortem_id for entry in self.entries):
            return self
        left = {name: tuple(e for e in getattr(self, name) if e.postmortem_id not in hidden) for name in SECTIONS}
        chosen = self.of_the_month
        gone = chosen is not None and chosen.postmortem_id in hidden
        return self.model_copy(update={**left, "of_the_month": None if gone else chosen})


SECTIONS = ("published", "corrected", "meetings", "overdue", "anniversaries")


def make_up(
    plan: Plan, week: Week, since: datetime, briefs: Iterable[Brief], choice: MonthChoice | None, now: datetime
) -> Decision[Digest]:
    """Freeze what a week's digest tells, of what may be told to everybody; its mails are written down next.

    With nothing to tell there is nothing to write, and what comes too late is missed.
    """
    digest = Digest(week=week.name, since=since, until=week.due)
    if now - week.due > LATEST:
        return Decision(state=digest.model_copy(update={"missed": True}))
    told = [brief for brief in briefs if not brief.circle.restricted]
    sections = {
        "published": _published(told, since, week.due),
        "corrected": _corrected(told, since, week.due),
        "meetings": _meetings(told, now, week.due + AHEAD),
        "overdue": _overdue(told, now),
        "anniversaries": _published(told, *(a_year_before(each, plan.zone) for each in (since, week.due))),
    }
    kept = {name: tuple(entries[:MOST]) for name, entries in sections.items()}
    left_out = {name: len(entries) - MOST for name, entries in sections.items() if len(entries) > MOST}
    month = told_month(since, week.due, plan.zone)
    chosen = _of_the_month(told, month, choice, plan) if month else None
    full = digest.model_copy(update={**kept, "left_out": left_out, "month": month, "of_the_month": chosen})
    return Decision(state=full, due=now if full.entries else None)


def written(digest: Digest, recipients: int) -> Decision[Digest]:
    """Keep in mind that each of its mails has a row."""
    return Decision(state=digest.model_copy(update={"recipients": recipients}))


def a_year_before(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the same weekday and hour a year before, by the clocks of a zone."""
    local = moment.astimezone(zone).replace(tzinfo=None) - YEAR
    return local.replace(tzinfo=zone).astimezone(UTC)


def since_of(plan: Plan, week: Week, before: Iterable[Digest | None]) -> datetime:
    """Return from when on a digest tells: the end of the newest one before it that was not missed.

    `before` are those of the weeks before, newest first. When there is none, it is the week before.
    """
    told = (digest.until for digest in before if digest and not digest.missed)
    return next(told, plan.before(week).due)


def _published(briefs: Sequence[Brief], since: datetime, until: datetime) -> list[Entry]:
    found = (_entry(brief, first) for brief in briefs if (first := brief.first_published_at) and since < first <= until)
    return _worst_first(found)


def _corrected(briefs: Sequence[Brief], since: datetime, until: datetime) -> list[Entry]:
    """What was published before the week and corrected in it; what is new tells of its corrections by itself."""
    found = []
    for brief in briefs:
        first, new = brief.first_published_at, [e for e in brief.published if since < e.published_at <= until]
        if first and first <= since and new:
            changes = dict.fromkeys(title for edition in new for title in edition.changes)
            found.append(_entry(brief, new[-1].published_at, ", ".join(changes)))
    return _worst_first(found)


def _meetings(briefs: Sequence[Brief], after: datetime, before: datetime) -> list[Entry]:
    found = [
        Entry(
            postmortem_id=brief.id,
            title=brief.meeting.title,
            severity=brief.approved.severity if brief.approved else None,
            at=brief.meeting.start,
            who=brief.approved.owner.name if brief.approved else "",
        )
        for brief in briefs
        if brief.meeting and brief.meeting.start and after < brief.meeting.start <= before and _is_to_come(brief)
    ]
    return sorted(found, key=lambda entry: (entry.at, entry.postmortem_id))


def _is_to_come(brief: Brief) -> bool:
    """Say whether a meeting is still to be held; of those heard of before titles were kept nothing can be told."""
    return bool(brief.meeting and brief.meeting.title) and brief.meeting_ended_at is None and not brief.is_off


def _overdue(briefs: Sequence[Brief], now: datetime) -> list[Entry]:
    found = [
        Entry(postmortem_id=brief.id, title=work.text, at=work.due, who=work.owner.name, words=_title(brief))
        for brief in briefs
        if not brief.is_off
        for work in brief.items.values()
        if work.is_overdue(now)
    ]
    return sorted(found, key=lambda entry: (entry.at, entry.postmortem_id, entry.title))


def _title(brief: Brief) -> str:
    if brief.approved:
        return brief.approved.title
    return brief.meeting.title if brief.meeting else ""


def _of_the_month(briefs: Sequence[Brief], month: str, choice: MonthChoice | None, plan: Plan) -> Entry | None:
    """What admins chose, if that may still be told, else what the rule does."""
    chosen = next((brief for brief in briefs if choice and brief.id == choice.chosen), None)
    if choice and chosen and chosen.first_published_at:
        return _entry(chosen, chosen.first_published_at, choice.why or f"Chosen by {choice.chosen_by}.")
    ruled = by_rule(briefs, month, plan.zone)
    return _entry(ruled, ruled.first_published_at, BY_RULE) if ruled and ruled.first_published_at else None


def _entry(brief: Brief, at: datetime, words: str = "") -> Entry:
    headline = brief.approved
    if headline is None:
        return Entry(postmortem_id=brief.id, title=brief.id, at=at, words=words)
    title, who = headline.title, headline.owner.name
    return Entry(postmortem_id=brief.id, title=title, severity=headline.severity, at=at, who=who, words=words)


def _worst_first(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.severity or "", entry.at, entry.postmortem_id))
