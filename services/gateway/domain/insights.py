"""What many postmortems tell together: how long each step takes, and whether deadlines hold. Pure.

Nothing here is about a person: no owner, no reviewer is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain import followed, lessons
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.durations import Durations, durations
from services.gateway.domain.factors import factors
from services.gateway.domain.followed import Followed
from services.gateway.domain.patterns import Remarks, remarks
from services.gateway.domain.view import View
from shared.contracts.base import Severity

Step = Literal["draft", "review", "approval", "meeting", "publication"]
STEPS: tuple[Step, ...] = ("draft", "review", "approval", "meeting", "publication")
MOST_SERVICES, MOST_FACTORS = 10, 20
OFTEN = 2
"""A factor that stands in one postmortem alone does not recur."""
LONGEST_TITLE = 200


class Passage(BaseModel):
    """How far one postmortem has come, and when (UTC); what has not happened is None.

    `meeting` is the end of one that was neither cancelled nor only pencilled in. `remarks` are None as long as nothing
    was checked. `asked` and `answered`: when the first reviewer was asked, and when the first of them answered. What
    was stored before there were such fields has no id, title, answer or factors.
    """

    model_config = ConfigDict(frozen=True)

    severity: Severity
    services: tuple[str, ...]
    status: str
    deadline: datetime
    resolved: datetime
    draft: datetime | None = None
    review: datetime | None = None
    approval: datetime | None = None
    meeting: datetime | None = None
    publication: datetime | None = None
    remarks: Remarks | None = None
    id: str = ""
    title: str = ""
    asked: datetime | None = None
    answered: datetime | None = None
    factors: tuple[str, ...] = ()


class Deadlines(BaseModel):
    """The deadline is for the meeting (guide G2, G3): held by it, held later, still to come, overdue without one."""

    on_time: int = 0
    late: int = 0
    to_come: int = 0
    overdue: int = 0


class Month(BaseModel):
    """The postmortems of the incidents that ended in one month (UTC)."""

    month: str = Field(description="2026-03")
    postmortems: int
    published: int
    deadlines: Deadlines
    steps: dict[Step, Durations] = {}


class Spread(BaseModel):
    """The postmortems of one severity or service: how long their steps took, and whether deadlines held."""

    name: str
    postmortems: int
    steps: dict[Step, Durations]
    deadlines: Deadlines


class Turnaround(BaseModel):
    """From the first reviewer being asked on: until the first answer of any, and until the first approval held."""

    first_answer: Durations
    approval: Durations


class RecurringFactor(BaseModel):
    """A contributing factor that several postmortems name."""

    factor: str
    postmortems: int


STEPS_EXAMPLE = {step: {"count": 1, "median_s": 97_200, "p90_s": 97_200} for step in STEPS}
STANDING = {"on_time": 1, "late": 0, "to_come": 1, "overdue": 0}
EXAMPLE = {
    "since": "2026-01-01T00:00:00Z",
    "until": "2026-04-01T00:00:00Z",
    "postmortems": 2,
    "by_status": {"published": 1, "draft": 1},
    "by_severity": {"sev2": 2},
    "by_service": {"checkout": 2, "payments": 1},
    "steps": STEPS_EXAMPLE,
    "deadlines": STANDING,
    "months": [{"month": "2026-03", "postmortems": 2, "published": 1, "deadlines": STANDING, "steps": STEPS_EXAMPLE}],
    "review": lessons.EXAMPLE,
    "allowed": {"count": 2, "median_s": 432_000, "p90_s": 432_000},
    "severities": [{"name": "sev2", "postmortems": 2, "steps": STEPS_EXAMPLE, "deadlines": STANDING}],
    "services": [{"name": "checkout", "postmortems": 2, "steps": STEPS_EXAMPLE, "deadlines": STANDING}],
    "turnaround": None,
    "action_items": followed.EXAMPLE,
    "factors": [{"factor": "connection pool", "postmortems": 2}],
}


class Insights(BaseModel):
    """What the postmortems of a time tell together."""

    model_config = example(EXAMPLE)

    since: datetime
    until: datetime
    postmortems: int
    by_status: dict[str, int]
    by_severity: dict[str, int]
    by_service: dict[str, int]
    steps: dict[Step, Durations]
    deadlines: Deadlines
    months: tuple[Month, ...]
    review: lessons.Lessons = Field(description="What coaching remarked on in those that were checked.")
    allowed: Durations | None = Field(default=None, description="From the incident's end to the deadline.")
    severities: tuple[Spread, ...] = Field(default=(), description="The worst first.")
    services: tuple[Spread, ...] = Field(default=(), description="The ten with most postmortems.")
    turnaround: Turnaround | None = Field(default=None, description="Null of fewer than five reviewed postmortems.")
    action_items: followed.ItemFigures | None = Field(
        default=None, description="Of all postmortems of this severity and service, whenever their incidents ended."
    )
    factors: tuple[RecurringFactor, ...] = Field(default=(), description="In at least two; the most frequent first.")


def passage(view: View) -> Passage | None:
    """Return how far a postmortem has come; None before there is a draft, and for what gets no report here.

    What counts is the first report: a correction is reviewed and approved long after, and says nothing of that one.
    """
    draft, incident = view.draft, view.incident
    resolved = (incident and incident.resolved_at) or (draft and draft.incident.resolved_at)
    gets_none = view.status() == "skipped" or view.is_merged() or view.imported
    if draft is None or resolved is None or gets_none:
        return None
    approvals = view.review.approvals if view.review.approved() and not _is_of_correction(view) else ()
    return Passage(
        severity=draft.severity,
        services=draft.services,
        status=view.status(),
        deadline=draft.deadline,
        resolved=resolved,
        draft=view.created_at,
        review=None if view.review.requested_for else view.review.requested_at,
        approval=max((each.at for each in approvals), default=None),
        meeting=_held(view),
        publication=_published(view),
        remarks=remarks(view.review.patterns),
        id=view.id,
        title=draft.title[:LONGEST_TITLE],
        asked=min((each.asked_at for each in view.review.requests if each.asked_at), default=None),
        answered=min((each.answered_at for each in view.review.requests if each.answered_at), default=None),
        factors=factors(draft),
    )


def _is_of_correction(view: View) -> bool:
    return bool(view.corrections) and view.review.approvals_revision >= view.corrections[0].since


def _published(view: View) -> datetime | None:
    known = view.publication
    return (known.first_published_at or known.published_at) if known else None


def _held(view: View) -> datetime | None:
    if view.meeting is None or view.cancelled or view.meeting.status == "tentative":
        return None
    return view.meeting.end


def reached(passages: Iterable[Passage], now: datetime) -> list[Passage]:
    """Return how far postmortems have come by now: a meeting that is still to come has not taken its time yet."""
    none = {"meeting": None}
    return [each.model_copy(update=none) if each.meeting and each.meeting > now else each for each in passages]


def insights(
    passages: Sequence[Passage], since: datetime, until: datetime, now: datetime, items: Sequence[Followed] = ()
) -> Insights:
    """Put together what happened to the postmortems of the incidents that ended in a time, and to action items."""
    return Insights(
        since=since,
        until=until,
        postmortems=len(passages),
        by_status=_counted(each.status for each in passages),
        by_severity=_counted(each.severity.value for each in passages),
        by_service=_counted(service for each in passages for service in each.services),
        steps=_steps(passages),
        deadlines=_deadlines(passages, now),
        months=tuple(_months(passages, now)),
        review=lessons.lessons(tuple(_written(passages))),
        allowed=durations((each.resolved, each.deadline) for each in passages),
        severities=tuple(sorted(_spreads(passages, _severity, now), key=lambda each: each.name)),
        services=tuple(_spreads(passages, lambda each: each.services, now))[:MOST_SERVICES],
        turnaround=_turnaround(passages),
        action_items=followed.figures(items, since, min(until, now)),
        factors=tuple(_recurring(passages)),
    )


def _severity(each: Passage) -> tuple[str, ...]:
    return (each.severity.value,)


def _spreads(passages: Sequence[Passage], names: Callable[[Passage], Iterable[str]], now: datetime) -> Iterator[Spread]:
    """The most frequent first."""
    by_name: dict[str, list[Passage]] = {}
    for each in passages:
        for name in names(each):
            by_name.setdefault(name, []).append(each)
    for name in _counted(name for each in passages for name in names(each)):
        found = by_name[name]
        yield Spread(name=name, postmortems=len(found), steps=_steps(found), deadlines=_deadlines(found, now))


def _turnaround(passages: Iterable[Passage]) -> Turnaround | None:
    """Nothing of few: the figure would tell how soon one person answers."""
    reviewed = [each for each in passages if each.asked and each.answered]
    if len(reviewed) < lessons.FEWEST:
        return None
    return Turnaround(
        first_answer=durations((each.asked, each.answered) for each in reviewed),
        approval=durations((each.asked, each.approval) for each in reviewed),
    )


def _recurring(passages: Iterable[Passage]) -> Iterator[RecurringFactor]:
    counted = _counted(factor for each in passages for factor in set(each.factors))
    for factor, number in list(counted.items())[:MOST_FACTORS]:
        if number >= OFTEN:
            yield RecurringFactor(factor=factor, postmortems=number)


def _written(passages: Iterable[Passage]) -> Iterator[lessons.Written]:
    for each in passages:
        if each.remarks is not None:
            yield lessons.Written(_month(each), each.publication is not None, each.remarks)


def _counted(words: Iterable[str]) -> dict[str, int]:
    """The most frequent first; of equals the first by name."""
    return dict(sorted(Counter(words).items(), key=lambda each: (-each[1], each[0])))


def _steps(passages: Sequence[Passage]) -> dict[Step, Durations]:
    """How long each step took, from the end of the incident on."""
    return {step: durations((each.resolved, getattr(each, step)) for each in passages) for step in STEPS}


def _deadlines(passages: Iterable[Passage], now: datetime) -> Deadlines:
    return Deadlines.model_validate(Counter(_kept(each, now) for each in passages))


def _kept(each: Passage, now: datetime) -> Literal["on_time", "late", "to_come", "overdue"]:
    if each.meeting is not None and each.meeting <= now:
        return "on_time" if each.meeting <= each.deadline else "late"
    return "to_come" if now <= each.deadline else "overdue"


def _months(passages: Sequence[Passage], now: datetime) -> Iterator[Month]:
    of_month: dict[str, list[Passage]] = {}
    for each in passages:
        of_month.setdefault(_month(each), []).append(each)
    for month, found in sorted(of_month.items()):
        published = sum(each.publication is not None for each in found)
        yield Month(
            month=month,
            postmortems=len(found),
            published=published,
            deadlines=_deadlines(found, now),
            steps=_steps(found),
        )


def _month(each: Passage) -> str:
    return f"{each.resolved:%Y-%m}"
