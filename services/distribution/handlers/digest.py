"""The weekly digest: made up once, then a row for each mail; and the postmortem of the month."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from services.distribution.domain import Delivery
from services.distribution.domain.digest.digest import Digest, DigestDue, make_up, since_of, written
from services.distribution.domain.digest.month import MonthChoice, choose, shown, told_month
from services.distribution.domain.digest.plan import LOOKED_BACK, SETTLED, Week
from services.distribution.domain.nesting import named_by
from services.distribution.domain.preferences import readers
from services.distribution.handlers.terms import terms_now
from services.distribution.ports import Deps
from shared.contracts.base import derived_id
from shared.contracts.decision import Reply
from shared.contracts.digests import ChoosePostmortemOfTheMonth, ShowPostmortemOfTheMonth, month_id
from shared.contracts.mail_preferences import WEEKLY_DIGEST
from shared.messaging.documents import AlreadyHandled, Conflict
from shared.messaging.envelope import Received
from shared.messaging.timers import Due

log = structlog.get_logger(__name__)
AT_ONCE = 1000
"""Rows that are written together."""


async def make_up_digest(deps: Deps) -> None:
    """Make up the newest digest whose time has come, unless somebody has; safe to repeat, by any number at once."""
    week = deps.sharing.plan.newest(deps.clock.now() - SETTLED)
    if await deps.sharing.known_digests.state_of(week.key):
        return
    id = derived_id(week.key, DigestDue.name)
    due = Received(id=id, name=DigestDue.name, data=DigestDue(key=week.key), correlation_id=id)
    try:
        await _make_up(due, week, deps)
    except (Conflict, AlreadyHandled):
        log.debug("somebody else made up the digest", week=week.name)


async def _make_up(due: Received[DigestDue], week: Week, deps: Deps) -> None:
    digest = await deps.sharing.digests.load(due)
    if digest.state is not None:
        return
    plan = deps.sharing.plan
    before = [await deps.sharing.known_digests.state_of(plan.before(week, n).key) for n in range(1, LOOKED_BACK + 1)]
    since = since_of(plan, week, before)
    choice = await _choice(told_month(since, week.due, plan.zone), deps)
    decision = make_up(plan, week, since, await deps.sharing.briefs.briefs(), choice, deps.clock.now())
    await deps.sharing.digests.commit(digest, decision, due)
    if decision.state.missed:
        log.warning("nothing ran when the digest was due, and now it is too late for it", week=week.name)


async def on_digest_due(due: Received[Due], deps: Deps) -> Reply | None:
    """Write down a row for every mail of a digest, then rouse whoever sends; who is on a list now gets it."""
    digest = await deps.sharing.digests.load(due)
    if digest.state is None or digest.state.recipients is not None:
        return None
    emails = await _readers(deps)
    for start in range(0, len(emails), AT_ONCE):
        await deps.ledger.add(_rows(digest.key, digest.state, emails[start : start + AT_ONCE], deps))
    deps.wake.set()
    return await deps.sharing.digests.commit(digest, written(digest.state, len(emails)), due)


async def do_choose(command: Received[ChoosePostmortemOfTheMonth], deps: Deps) -> Reply | None:
    """Name the postmortem of a month."""
    known = await deps.sharing.months.load(command)
    about = command.data.chosen
    brief = await deps.sharing.briefs.brief(about) if about else None
    decision = choose(known.state, command.data, brief, deps.clock.now())
    return await deps.sharing.months.commit(known, decision, command)


async def do_show(command: Received[ShowPostmortemOfTheMonth], deps: Deps) -> Reply | None:
    """Tell what was chosen, unless it was restricted since; changes nothing."""
    known = await deps.sharing.months.load(command)
    choice = known.state
    if choice and choice.chosen and await deps.sharing.briefs.restricted([choice.chosen]):
        choice = None
    return shown(choice, command.data.month)


async def _choice(month: str | None, deps: Deps) -> MonthChoice | None:
    return await deps.sharing.known_months.state_of(month_id(month)) if month else None


async def _readers(deps: Deps) -> Sequence[str]:
    terms, names, choices = await terms_now(deps), deps.sharing.plan.lists, deps.sharing.choices
    lists = [each for each in terms.lists if each.name in names]
    if unknown := set(names) - {each.name for each in lists}:
        log.warning("there are no such lists to send a digest to", lists=sorted(unknown))
    people = named_by(terms.lists, [each.name for each in lists], terms.subscribers, terms.unsubscribed)
    named = [(each.name, email) for each in lists for email in people[each.name]]
    return readers(named, await choices.digest_readers(), await choices.declined(), terms.unsubscribed)


def _rows(key: str, digest: Digest, emails: Sequence[str], deps: Deps) -> list[Delivery]:
    """Return the rows of a digest: no publication's, so of no revision, and of a list that is none of those kept."""
    now = deps.clock.now()
    return [
        Delivery(
            id=derived_id("digest", digest.week, email),
            postmortem_id=key,
            revision=0,
            recipient=email,
            list=WEEKLY_DIGEST,
            not_before=now,
            updated_at=now,
            message_id=deps.sharing.printer.message_id(digest.week, email),
        )
        for email in emails
    ]
