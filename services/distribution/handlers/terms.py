"""What decisions about an audience need, as it is now."""

from __future__ import annotations

from dataclasses import replace

from services.distribution import domain
from services.distribution.domain import Terms
from services.distribution.ports import Deps


async def terms_now(deps: Deps) -> Terms:
    """The terms with the lists and subscriptions as they are now."""
    lists = domain.current(await deps.known_lists.listings(), deps.terms.lists)
    return replace(deps.terms, lists=lists, unsubscribed=await deps.unsubscribed.unsubscribed())
