"""Choose the reviewers of one postmortem, pair those who are learning, and say why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.review.domain.assigning import words
from services.review.domain.assigning.case import Case, accounts, case_of, same_persons
from services.review.domain.assigning.preferences import rank
from services.review.domain.assigning.rules import Broken, HardRule, broken
from services.review.domain.community import Pool
from services.review.domain.practice import Practice
from shared.contracts.assigning import WhyNobody
from shared.contracts.community import Level, Member
from shared.contracts.events import Snapshot
from shared.contracts.values import AskedReviewer

NO_REASON = WhyNobody()
Looked = tuple[Member, HardRule | None]
"""A member, and the first rule that it would break to ask them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who is asked, how many are wanted, and why the others could not be asked; each of them counts once."""

    reviewers: tuple[AskedReviewer, ...]
    wanted: int
    reasons: WhyNobody = NO_REASON

    @property
    def is_short(self) -> bool:
        """Say whether there are fewer than wanted."""
        return len(self.reviewers) < self.wanted


def assign(
    draft: Snapshot,
    before: tuple[AskedReviewer, ...],
    pool: Pool,
    practice: Practice,
    now: datetime,
    due: datetime,
    declined: frozenset[str] = frozenset(),
) -> Assignment:
    """Choose reviewers: those asked before who still may, those who claimed it first, then others.

    Whoever claimed it stays, also when more did than are wanted. Who is learning is never left alone with it.
    """
    asked = tuple(reviewer.email for reviewer in before)
    case = case_of(draft, pool, practice, now, due, before=asked, declined=declined)
    wanted = practice.reviewers(draft.severity)
    kept = _still(case, before, pool.members)
    kept = kept[: max(wanted, sum(reviewer.claimed for reviewer in kept))]
    found = choose(case, kept, pool.members, wanted)
    return found if any(not r.learning for r in found.reviewers) else choose(case, (), pool.members, wanted)


def choose(case: Case, kept: tuple[AskedReviewer, ...], members: Sequence[Member], wanted: int) -> Assignment:
    """Let those who are kept stay, and choose others beside them up to as many as are wanted."""
    looked = [(member, broken(case, member)) for member in members]
    free = [member for member, rule in looked if rule is None]
    chosen = _fill(case, kept, free, members, wanted, ())
    if learner := next((m for m in chosen if m.level is Level.LEARNING), None):
        chosen = _fill(case, kept, free, members, wanted, (learner,))
    said = tuple(_asked(case, member) for member in chosen)
    found = _with_pair((*kept, *said), frozenset(reviewer.email for reviewer in said))
    return Assignment(reviewers=found, wanted=wanted, reasons=_reasons(_others(found, looked)))


def _fill(
    case: Case,
    kept: tuple[AskedReviewer, ...],
    free: Sequence[Member],
    members: Sequence[Member],
    wanted: int,
    chosen: tuple[Member, ...],
) -> tuple[Member, ...]:
    """Choose the best of those who are free, one place after the other; nobody when all of them are learning."""
    while (places := wanted - len(kept) - len(chosen)) > 0:
        learns = any(r.learning for r in kept) or any(m.level is Level.LEARNING for m in chosen)
        taken = same_persons((*(r.email for r in kept), *(m.email for m in chosen)), members)
        fit = [m for m in free if _fits(m, taken, alone=places == 1 and not _is_guided(kept, chosen), learns=learns)]
        if not fit:
            break
        chosen = (*chosen, min(fit, key=partial(rank, case, guides=learns)))
    return chosen if _is_guided(kept, chosen) else ()


def _fits(member: Member, taken: frozenset[str], *, alone: bool, learns: bool) -> bool:
    """Say whether somebody may be chosen: not one person twice, and of those who are learning one, never alone."""
    return not accounts(member) & taken and (member.level is not Level.LEARNING or not (alone or learns))


def _is_guided(kept: tuple[AskedReviewer, ...], chosen: tuple[Member, ...]) -> bool:
    """Say whether somebody is among them who is not learning."""
    return any(not r.learning for r in kept) or any(m.level is not Level.LEARNING for m in chosen)


def _still(case: Case, before: tuple[AskedReviewer, ...], members: Sequence[Member]) -> tuple[AskedReviewer, ...]:
    """Return those of them who may still be asked; who claimed it comes first, who is learning last."""
    known = {member.email: member for member in members}
    may = [r for r in before if r.email in known and not broken(case, known[r.email], claims=r.claimed)]
    ordered = sorted(may, key=lambda reviewer: (not reviewer.claimed, reviewer.learning))
    return tuple(r.model_copy(update={"why": r.why or (words.ASKED_BEFORE,), "due": case.due}) for r in ordered)


def _asked(case: Case, member: Member) -> AskedReviewer:
    return AskedReviewer(
        name=member.name,
        email=member.email,
        why=words.why(case, member),
        asked_at=case.now,
        due=case.due,
        learning=member.level is Level.LEARNING,
    )


def _with_pair(reviewers: tuple[AskedReviewer, ...], new: frozenset[str]) -> tuple[AskedReviewer, ...]:
    """Tell those who are new of the pair that they are part of."""
    learner = next((r for r in reviewers if r.learning), None)
    if learner is None:
        return reviewers
    others = tuple(r.name for r in reviewers if not r.learning)
    return tuple(
        r.model_copy(update={"why": (*r.why, words.beside(learner.name, others, learns=r.learning))})
        if r.email in new and (r is learner or not r.learning)
        else r
        for r in reviewers
    )


def _others(reviewers: tuple[AskedReviewer, ...], looked: Iterable[Looked]) -> list[Looked]:
    asked = {reviewer.email for reviewer in reviewers}
    return [(member, rule) for member, rule in looked if member.email not in asked]


def _reasons(others: list[Looked]) -> WhyNobody:
    """Count why the others are not asked. Who could be, and is not, is learning, or there are enough."""
    counted = Counter(rule.counts for _, rule in others if rule and rule.counts is not Broken.GONE)
    unpaired = sum(rule is None and member.level is Level.LEARNING for member, rule in others)
    return WhyNobody(**{**{str(reason): n for reason, n in counted.items()}, str(Broken.UNPAIRED): unpaired})
