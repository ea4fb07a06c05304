"""Who gets an edition: durable before it is published, and read a part at a time when it is delivered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import TypeVar

from services.distribution import domain
from services.distribution.domain import Edition, Publication, Recipient
from services.distribution.ports import Deps
from shared.contracts.decision import Decision

P = TypeVar("P", Publication, Publication | None)


async def frozen(decision: Decision[P], postmortem_id: str, deps: Deps) -> Decision[P]:
    """Return a decision with whoever gets a new edition kept outside of its publication, before it is committed.

    What is kept and then not committed, because of a crash or of somebody faster, belongs to no edition.
    """
    state = decision.state
    if state is None or state.edition is None or state.edition.audience:
        return decision
    aside = domain.set_aside(state, postmortem_id)
    if aside.edition and aside.edition.audience:
        await deps.audiences.keep(aside.edition.audience.id, state.edition.recipients)
    return replace(decision, state=aside)


async def who_gets(edition: Edition, deps: Deps) -> AsyncIterator[Sequence[Recipient]]:
    """Yield everybody who gets an edition, a part at a time; an edition of before knows them itself.

    Raises: LookupError when some are missing, which no crash can bring about: they were durable before the edition.
    """
    if edition.audience is None:
        yield edition.recipients
        return
    found = 0
    async for people in deps.audiences.chunks(edition.audience.id):
        found += len(people)
        yield people
    if found != edition.audience.total:
        msg = f"the audience {edition.audience.id} has {edition.audience.total} people, and {found} are there"
        raise LookupError(msg)


async def who_got(publication: Publication | None, deps: Deps) -> tuple[Recipient, ...]:
    """Return everybody who gets the newest edition, since a correction of it goes to them, too."""
    if publication is None or publication.edition is None:
        return ()
    return tuple([person async for people in who_gets(publication.edition, deps) for person in people])
