"""What many postmortems tell together: how long each step takes, and whether deadlines hold. Pure.

Nothing here is about a person: no owner, no reviewer is counted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain import lessons
from services.gateway.domain.answers.shapes import example
from services.gateway.domain.patterns import Remarks, remarks
from services.gateway.domain.view import View
from shared.contracts.base import Severity

Step = Literal["draft", "review", "approval", "meeting", "publication"]
STEPS: tuple[Step, ...] = ("draft", "review", "approval", "meeting", "publication")


class Passage(BaseModel):
    """How far one postmortem has come, and when (UTC); what has not happened is None.

    `meeting` is the end of one that was neither cancelled nor only pencilled in. `remarks` are None as long as nothing
    was checked.
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


class Durations(BaseModel):
    """How long a step takes from the end of the incident on, in seconds; null as long as nothing took it."""

    count: int
    median_s: int | None
    p90_s: int | None


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


STANDING = {"on_time": 1, "late": 0, "to_come": 1, "overdue": 0}
EXAMPLE = {
    "since": "2026-01-01T00:00:00Z",
    "until": "2026-04-01T00:00:00Z",
    "postmortems": 2,
    "by_status": {"published": 1, "draft": 1},
    "by_severity": {"sev2": 2},
    "by_service": {"checkout": 2, "payments": 1},
    "steps": {step: {"count": 1, "median_s": 97_200, "p90_s": 97_200} for step in STEPS},
    "deadlines": STANDING,
    "months": [{"month": "2026-03", "postmortems": 2, "published": 1, "deadlines": STANDING}],
    "review": lessons.EXAMPLE,
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


def insights(passages: Sequence[Passage], since: datetime, until: datetime, now: datetime) -> Insights:
    """Put together what happened to the postmortems of the incidents that ended in a time."""
    return Insights(
        since=since,
        until=until,
        postmortems=len(passages),
        by_status=_counted(each.status for each in passages),
        by_severity=_counted(each.severity.value for each in passages),
        by_service=_counted(service for each in passages for service in each.services),
        steps={step: _durations(passages, step) for step in STEPS},
        deadlines=_deadlines(passages, now),
        months=tuple(_months(passages, now)),
        review=lessons.lessons(tuple(_written(passages))),
    )


def _written(passages: Iterable[Passage]) -> Iterator[lessons.Written]:
    for each in passages:
        if each.remarks is not None:
            yield lessons.Written(_month(each), each.publication is not None, each.remarks)


def _counted(words: Iterable[str]) -> dict[str, int]:
    """The most frequent first; of equals the first by name."""
    return dict(sorted(Counter(words).items(), key=lambda each: (-each[1], each[0])))


def _durations(passages: Iterable[Passage], step: Step) -> Durations:
    reached: Callable[[Passage], datetime | None] = lambda each: getattr(each, step)
    took = sorted(max(0.0, (at - each.resolved).total_seconds()) for each in passages if (at := reached(each)))
    if not took:
        return Durations(count=0, median_s=None, p90_s=None)
    nearest_rank = took[math.ceil(0.9 * len(took)) - 1]
    return Durations(count=len(took), median_s=round(median(took)), p90_s=round(nearest_rank))


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
        yield Month(month=month, postmortems=len(found), published=published, deadlines=_deadlines(found, now))


def _month(each: Passage) -> str:
    return f"{each.resolved:%Y-%m}"
