"""What decisions about an audience need, as it is now."""

from __future__ import annotations

from dataclasses import replace

import structlog

from services.distribution import domain
from services.distribution.domain import Includes, Terms
from services.distribution.ports import Deps

log = structlog.get_logger(__name__)


async def terms_now(deps: Deps) -> Terms:
    """The terms with the lists, who put themselves on one, who has left one, and what people chose, as they are now."""
    lists = domain.current(await deps.known_lists.listings(), deps.terms.lists)
    warn_of_nesting(domain.includes_of(lists))
    subscribers = await deps.subscribers.subscribers()
    unsubscribed = await deps.unsubscribed.unsubscribed()
    quiet = await deps.sharing.choices.quiet()
    return replace(deps.terms, lists=lists, subscribers=subscribers, unsubscribed=unsubscribed, quiet=quiet)


def warn_of_nesting(includes: Includes) -> None:
    """Say what is wrong with lists that include others; they are mailed as far as they go."""
    for name, gone in domain.missing(includes):
        log.warning("a list includes one that is not there", list=name, includes=gone)
    if circle := domain.first_circle(includes):
        log.warning("lists include each other; everybody on them is on each of them", circle=circle)
