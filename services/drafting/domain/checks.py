"""What should not be sent around: found in the text, removed or justified before reviewers get it. Pure.

What is found is masked (`Finding`), so that it can be shown, told and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import Postmortem
from shared.contracts.decision import Kind, Refusal
from shared.contracts.findings import Finding, Justification, Justified

MOST_SHOWN = 100
"""How many findings are shown at once; the others are counted, and come up when these are gone."""
TITLE = "title"
"""The title is looked through like a section of this name."""


def shown(postmortem: Postmortem, guidance: Guidance) -> Postmortem:
    """Return it with what its text should not hold, as the policy has it now; first what nobody has justified."""
    return _with(postmortem, _found(postmortem, guidance))


def brought_in(before: Postmortem, after: Postmortem, guidance: Guidance) -> Refusal | None:
    """Refuse a change of what reviewers have before them when it brings in what would have held it back."""
    known = {finding.id for finding in _found(before, guidance)}
    new = [finding for finding in _open(_found(after, guidance)) if finding.id not in known]
    return _refusal(new, "Take it out; or have changes requested, and justify it with `submit`.") if new else None


def cleared(
    postmortem: Postmortem, justifications: Iterable[Justification], by: str, guidance: Guidance, now: datetime
) -> Postmortem | Refusal:
    """Return it with somebody's justifications, or why it is held back: something has none, or is not there."""
    justifications = tuple(justifications)
    everything = _found(postmortem, guidance)
    found = {finding.id for finding in everything}
    for number, each in enumerate(justifications):
        if each.finding not in found:
            return _not_there(number)
    given = tuple(Justified(finding=each.finding, reason=each.reason, by=by, at=now) for each in justifications)
    kept = {each.finding: each for each in (*postmortem.justifications, *given)}
    marked = _marked(everything, kept)
    if waiting := _open(marked):
        return _refusal(waiting, "Take it out, or justify it: send `justifications`.")
    return _with(postmortem.changed(justifications=tuple(kept.values())), marked)


def _found(postmortem: Postmortem, guidance: Guidance) -> tuple[Finding, ...]:
    """Everything that is found, each with its justification if it has one."""
    found = guidance.check(postmortem.id, ((TITLE, postmortem.title), *postmortem.report.items()))
    return _marked(found, {each.finding: each for each in postmortem.justifications})


def _marked(found: Iterable[Finding], known: Mapping[str, Justified]) -> tuple[Finding, ...]:
    return tuple(finding.model_copy(update={"justified": known.get(finding.id)}) for finding in found)


def _open(found: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.justified is None]


def _with(postmortem: Postmortem, found: Iterable[Finding]) -> Postmortem:
    ordered = sorted(found, key=lambda finding: finding.justified is not None)
    return postmortem.changed(findings=tuple(ordered[:MOST_SHOWN]))


def _not_there(number: int) -> Refusal:
    return Refusal(
        kind=Kind.INVALID,
        rule="unknown-finding",
        field=f"justifications.{number}.finding",
        detail="There is no such finding in the current revision: it was taken out or moved to another section. Read "
        "the postmortem, its `findings` name them all.",
    )


def _refusal(waiting: list[Finding], remedy: str) -> Refusal:
    """Say where each is and what it looks like, not what it is."""
    listed = waiting[:MOST_SHOWN]
    more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
    return Refusal(
        kind=Kind.INVALID,
        rule="secret-or-personal-data",
        field=_field(listed[0]),
        detail=f"{_where(listed[0])}{more}. {remedy}",
        data={
            "errors": [{"field": _field(each), "detail": f"{_where(each)}. {each.hint}"} for each in listed],
            "findings": [each.model_dump(mode="json", exclude={"justified"}) for each in listed],
            "found": len(waiting),
        },
    )


def _field(finding: Finding) -> str:
    return TITLE if finding.section == TITLE else f"sections.{finding.section}"


def _where(finding: Finding) -> str:
    place = f"{finding.section}, line {finding.line}, column {finding.column}"
    return f"{place}: this looks like {finding.what} ({finding.excerpt})"
