"""Committing what is new of a publication."""

from __future__ import annotations

from typing import Any

from services.distribution.domain import Publication
from services.distribution.ports import Deps
from shared.contracts.decision import Decision, Reply
from shared.messaging.documents import Loaded, be_sure
from shared.messaging.envelope import Received


async def keep(
    publication: Loaded[Publication], decision: Decision[Publication], cause: Received[Any], deps: Deps
) -> Reply | None:
    """Commit a decision, unless all that it says is known already. Raises: Conflict.

    What is known waits already for what it waits for, and facts may be heard in any order and more than once: hearing
    it again changes nothing that comes later.
    """
    if decision.state == publication.state and not decision.events:
        be_sure(publication)
        return decision.reply
    return await deps.publications.commit(publication, decision, cause)
