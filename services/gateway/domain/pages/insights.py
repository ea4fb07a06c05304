"""The figures of the insights page: a plot each, its words, and the table with the same numbers. Pure.

Where there are too few postmortems for a plot that means something, the figure says so and has its table alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.gateway.domain.followed import ItemFigures
from services.gateway.domain.insights import STEPS, Deadlines, Insights, Passage, Spread
from services.gateway.domain.pages.drawing import number
from services.gateway.domain.pages.figure import FEW, NONE, Figure, Link, Table, axis, in_unit, span, unit_of
from services.gateway.domain.pages.plots import Line, Range, Stack, lines, ranges, stacks, strips
from services.gateway.domain.pages.strips import newest_first, strip_of, strip_row

MOST_STRIPS, MOST_ROWS = 20, 100
NAMES = {step: step.capitalize() for step in STEPS}
KINDS = tuple(NAMES.values())
FEW_MONTHS = "There are fewer than two months to compare; what there is, is in the table."
FEW_OF = f"A median of fewer than {FEW} postmortems says little; what there is, is in the table."
STANDING = (
    ("held by the deadline", "on_time"),
    ("held later", "late"),
    ("still to come", "to_come"),
    ("overdue", "overdue"),
)


def figures(told: Insights, passages: Sequence[Passage]) -> tuple[Figure, ...]:
    """Return all figures of the page, in its order."""
    return (
        _each(told, passages),
        _steps(told),
        _months(told),
        _deadlines(told),
        _spread("severities", "Meetings by severity", "Severity", told.severities),
        _spread("services", "Meetings by service", "Service", told.services),
        _turnaround(told),
        _findings(told),
        _items(told.action_items),
        _factors(told),
    )


def _each(told: Insights, passages: Sequence[Passage]) -> Figure:
    newest = newest_first(passages)
    rows = [strip for each in newest if (strip := strip_of(each))][:MOST_STRIPS]
    unit = unit_of([*(value for row in rows for value in row.points.values()), *(row.limit or 0 for row in rows)])
    left_out = f" The newest {MOST_STRIPS} are drawn." if len(passages) > MOST_STRIPS else ""
    return Figure(
        name="each",
        title="From the end of each incident on",
        summary=f"Meetings: {_kept(told.deadlines)}.{left_out}",
        drawing=strips([row.scaled(unit) for row in rows], KINDS, axis(unit)) if rows else None,
        keys=(*((f"c{n + 1}", name) for n, name in enumerate(KINDS)), ("limit", "Deadline of the meeting")),
        table=Table(
            ("Postmortem", "Severity", "Incident ended", *KINDS, "Deadline"),
            tuple(strip_row(each) for each in newest[:MOST_ROWS]),
        ),
        lacks="" if rows else "Nothing has been reached yet.",
    )


def _kept(deadlines: Deadlines) -> str:
    return ", ".join(f"{getattr(deadlines, name)} {words}" for words, name in STANDING)


def _steps(told: Insights) -> Figure:
    known = [(NAMES[step], took) for step, took in told.steps.items()]
    unit = unit_of([took.p90_s or 0 for _, took in known])
    rows = [
        Range(name, in_unit(took.median_s, unit), in_unit(took.p90_s, unit), span(took.median_s))
        for name, took in known
        if took.count >= FEW and took.median_s is not None and took.p90_s is not None
    ]
    meeting, allowed = told.steps["meeting"], told.allowed
    limit = (in_unit(allowed.median_s, unit), "usual deadline") if allowed and allowed.median_s else None
    summary = (
        f"Half of the meetings were over within {span(meeting.median_s)} of the incident's end, nine in ten within "
        f"{span(meeting.p90_s)}. The usual deadline leaves {span(allowed.median_s if allowed else None)}."
    )
    return Figure(
        name="steps",
        title="How long each step takes",
        summary=summary if meeting.count >= FEW else "Time from the end of the incident to each step.",
        drawing=ranges(rows, axis(unit), limit) if rows else None,
        keys=(("bar", "half of them (the median)"), ("most", "nine in ten")),
        table=Table(
            ("Step", "Postmortems", "Half within", "Nine in ten within"),
            tuple((name, str(took.count), span(took.median_s), span(took.p90_s)) for name, took in known),
        ),
        lacks="" if rows else FEW_OF,
    )


def _months(told: Insights) -> Figure:
    found = told.months
    unit = unit_of([took.median_s or 0 for month in found for took in month.steps.values()])
    drawn = [
        Line(NAMES[step], [_value(month.steps[step].median_s, unit) for month in found])
        for step in STEPS
        if any(month.steps[step].count for month in found)
    ]
    is_drawn = len(found) > 1 and bool(drawn)
    return Figure(
        name="months",
        title="Steps month by month",
        summary="Half of the postmortems had come so far within this time, by the month in which the incident ended.",
        drawing=lines([month.month for month in found], drawn, axis(unit)) if is_drawn else None,
        table=Table(
            ("Month", "Postmortems", *KINDS),
            tuple(
                (month.month, str(month.postmortems), *(span(month.steps[step].median_s) for step in STEPS))
                for month in found
            ),
        ),
        lacks="" if is_drawn else FEW_MONTHS,
    )


def _value(seconds: int | None, unit: int) -> float | None:
    return None if seconds is None else in_unit(seconds, unit)


def _deadlines(told: Insights) -> Figure:
    months = [month.month for month in told.months]
    bars = [[Stack([(name, getattr(month.deadlines, name)) for _, name in STANDING])] for month in told.months]
    return Figure(
        name="deadlines",
        title="Deadlines of meetings",
        summary=f"Each postmortem has a meeting: {_kept(told.deadlines)}.",
        drawing=stacks(months, bars, "Postmortems") if bars else None,
        keys=tuple((name, words) for words, name in STANDING),
        table=Table(
            ("Month", *(words.capitalize() for words, _ in STANDING)),
            tuple(
                (month.month, *(str(getattr(month.deadlines, name)) for _, name in STANDING)) for month in told.months
            ),
        ),
    )


def _spread(name: str, title: str, column: str, spreads: Sequence[Spread]) -> Figure:
    known = [(each, each.steps["meeting"]) for each in spreads]
    enough = [(each, took) for each, took in known if took.count >= FEW]
    unit = unit_of([took.p90_s or 0 for _, took in enough])
    rows = [
        Range(each.name, in_unit(took.median_s or 0, unit), in_unit(took.p90_s or 0, unit), span(took.median_s))
        for each, took in enough
    ]
    left_out = len(spreads) - len(rows)
    return Figure(
        name=name,
        title=title,
        summary="Time from the end of the incident to the end of the meeting."
        + (f" With fewer than {FEW} meetings, and so in the table alone: {left_out}." if rows and left_out else ""),
        drawing=ranges(rows, axis(unit)) if rows else None,
        keys=(("bar", "half of them (the median)"), ("most", "nine in ten")),
        table=Table(
            (column, "Postmortems", *(f"{name}, half within" for name in KINDS), "On time", "Late", "Overdue"),
            tuple(_spread_row(each) for each in spreads),
        ),
        lacks="" if rows else FEW_OF,
    )


def _spread_row(each: Spread) -> tuple[str, ...]:
    medians = (span(each.steps[step].median_s) for step in STEPS)
    kept = each.deadlines
    return (each.name, str(each.postmortems), *medians, str(kept.on_time), str(kept.late), str(kept.overdue))


def _turnaround(told: Insights) -> Figure:
    known = told.turnaround
    pairs = [("First answer", known.first_answer), ("Approval", known.approval)] if known else []
    unit = unit_of([took.p90_s or 0 for _, took in pairs])
    rows = [
        Range(name, in_unit(took.median_s, unit), in_unit(took.p90_s or 0, unit), span(took.median_s))
        for name, took in pairs
        if took.median_s is not None
    ]
    return Figure(
        name="turnaround",
        title="How soon reviews are answered",
        summary="Time from the first reviewer being asked. Of whole postmortems: nobody's own time is told.",
        drawing=ranges(rows, axis(unit)) if rows else None,
        keys=(("bar", "half of them (the median)"), ("most", "nine in ten")),
        table=Table(
            ("Until", "Postmortems", "Half within", "Nine in ten within"),
            tuple((name, str(took.count), span(took.median_s), span(took.p90_s)) for name, took in pairs),
        ),
        lacks="" if rows else "Of fewer than five reviewed postmortems this would tell how soon one person answers.",
    )


def _findings(told: Insights) -> Figure:
    months = told.review.months
    families = list(told.review.by_family)[: len(KINDS)]
    drawn = [Line(family, [_per_draft(month.first, family) for month in months]) for family in families]
    is_drawn = len([month for month in months if month.first]) > 1 and bool(families)
    return Figure(
        name="findings",
        title="Remarks on first drafts",
        summary=f"By family, per first draft of the month. {told.review.postmortems} postmortems were checked.",
        drawing=lines([month.month for month in months], drawn, "Remarks per first draft") if is_drawn else None,
        table=Table(
            ("Month", "Postmortems", *families),
            tuple(
                (month.month, str(month.postmortems), *(_told(_per_draft(month.first, family)) for family in families))
                for month in months
            ),
        ),
        lacks="" if is_drawn else "It takes two months with five checked postmortems each, so that none is told apart.",
    )


def _per_draft(first: dict[str, float] | None, family: str) -> float | None:
    return None if first is None else first.get(family, 0.0)


def _told(value: float | None) -> str:
    return NONE if value is None else number(value)


def _items(known: ItemFigures | None) -> Figure:
    months = known.months if known else ()
    count: Callable[[str], int] = lambda name: sum(getattr(month, name) for month in months)
    bars = [
        [Stack([("late", month.late), ("open", month.open - month.late)]), Stack([("done", month.done)])]
        for month in months
    ]
    is_drawn = bool(count("open") + count("done"))
    return Figure(
        name="items",
        title="Action items",
        summary=f"{known.open} are open at the end, {known.late} of these past their day; {known.done} were done."
        if known
        else "",
        drawing=stacks([month.month for month in months], bars, "Action items") if is_drawn else None,
        keys=(("late", "open and late at the month's end"), ("open", "open, in time"), ("done", "done in the month")),
        table=Table(
            ("Month", "Added", "Done", "Dropped", "Open at the end", "Of these late"),
            tuple(
                (each.month, *(str(n) for n in (each.added, each.done, each.dropped, each.open, each.late)))
                for each in months
            ),
        ),
        lacks="" if is_drawn else "There were no action items in this time.",
    )


def _factors(told: Insights) -> Figure:
    rows = [Range(each.factor, each.postmortems, None, str(each.postmortems)) for each in told.factors]
    return Figure(
        name="factors",
        title="Contributing factors that recur",
        summary="Named by at least two postmortems of this time.",
        drawing=ranges(rows, "Postmortems") if rows else None,
        table=Table(
            ("Factor", "Postmortems"),
            tuple(
                (Link.to("/library", each.factor, factor=each.factor), str(each.postmortems)) for each in told.factors
            ),
        ),
        lacks=""
        if rows
        else "No factor is named by two of them. Items of the section on contributing factors count, "
        "by the bold words or the heading that each begins with.",
    )
