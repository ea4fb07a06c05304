"""What is known of how a postmortem is told, as people are shown it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from services.gateway.domain.answers.remarks import CoachingRemark, RemarkCounts, RemarkList, RemarksTold
from services.gateway.domain.answers.review import Finding, FoundKind
from services.gateway.domain.view import View
from shared.contracts.coaching import Remark, RemarkSeverity, RevisionChecked
from shared.contracts.events import Snapshot
from shared.contracts.findings import Justified

MOST_FINDINGS = 100
"""How many remarks stand beside the text; all of them have a list of their own."""
WEIGHTY = (RemarkSeverity.ERROR, RemarkSeverity.WARNING)


def counted(remarks: Iterable[Remark]) -> RemarkCounts:
    """Return how many of each severity stand, and how many are dismissed."""
    every = tuple(remarks)
    standing = [remark.severity for remark in every if remark.dismissed is None]
    return RemarkCounts(
        error=standing.count(RemarkSeverity.ERROR),
        warning=standing.count(RemarkSeverity.WARNING),
        advice=standing.count(RemarkSeverity.ADVICE),
        dismissed=len(every) - len(standing),
    )


def told(view: View, public_url: str) -> RemarksTold | None:
    """Return what a postmortem says of its remarks, None as long as it was not checked."""
    checked = view.review.checked
    if checked is None:
        return None
    base = f"{public_url.rstrip('/')}/v1/postmortems/{view.id}/remarks"
    return RemarksTold(**dict(counted(checked.remarks)), revision=checked.revision, links={"self": base})


def listed(
    view: View, draft: Snapshot, severity: RemarkSeverity | None, section: str | None, *, dismissed: bool | None
) -> RemarkList:
    """Return the remarks that are asked for; what is None is not asked by."""
    checked = view.review.checked
    every = checked.remarks if checked else ()
    wanted = (
        remark
        for remark in every
        if severity in (None, remark.severity)
        and section in (None, remark.section)
        and dismissed in (None, remark.dismissed is not None)
    )
    return RemarkList(
        revision=checked.revision if checked else None,
        current=_is_current(checked, draft),
        checked_at=checked.at.isoformat().replace("+00:00", "Z") if checked else None,
        counts=counted(every),
        more=checked.more if checked else 0,
        items=tuple(CoachingRemark(**dict(remark)) for remark in wanted),
    )


def findings(view: View, draft: Snapshot) -> tuple[Finding, ...]:
    """Return all that was found in the current revision, what nobody has justified first.

    Secrets and personal data, then errors and warnings of how it is told. Advice has its place in the list of remarks.
    """
    checked = view.review.checked
    weighty = checked.remarks if checked and _is_current(checked, draft) else ()
    remarks = sorted((each for each in weighty if each.severity in WEIGHTY), key=_weight)
    every = (
        *(Finding(**dict(each)) for each in draft.findings),
        *(_finding(remark) for remark in remarks[:MOST_FINDINGS]),
    )
    return tuple(sorted(every, key=lambda finding: finding.justified is not None))


def _is_current(checked: RevisionChecked | None, draft: Snapshot) -> bool:
    return checked is not None and checked.revision == draft.revision


def _weight(remark: Remark) -> tuple[bool, int]:
    return remark.dismissed is not None, WEIGHTY.index(remark.severity)


def _finding(remark: Remark) -> Finding:
    said = remark.dismissed
    return Finding(
        id=remark.id,
        rule=remark.rule,
        kind=FoundKind.LANGUAGE,
        section=remark.section,
        line=remark.line,
        column=remark.column,
        end_line=remark.end_line,
        end_column=remark.end_column,
        what=remark.message,
        excerpt=remark.words,
        hint=remark.rewrite,
        justified=Justified(finding=remark.id, reason=said.reason, by=said.by, at=said.at) if said else None,
        severity=remark.severity,
        family=remark.family,
        bias=remark.bias,
        why=remark.why,
    )
