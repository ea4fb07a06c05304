"""The lists: the policy file begins them, admins change them."""

from __future__ import annotations

from services.distribution import domain
from services.distribution.domain import PolicyRead
from services.distribution.handlers import terms
from services.distribution.ports import Deps
from shared.contracts.base import derived_id
from shared.contracts.decision import Reply
from shared.contracts.lists import DeleteList, PutList
from shared.contracts.subscribing import ShowReach
from shared.messaging.envelope import Received


async def do_put_list(command: Received[PutList], deps: Deps) -> Reply | None:
    """Make a list or replace it."""
    listing = await deps.lists.load(command)
    decision = domain.put_list(listing.state, command.data, await deps.known_lists.includes())
    return await deps.lists.commit(listing, decision, command)


async def do_delete_list(command: Received[DeleteList], deps: Deps) -> Reply | None:
    """Remove a list."""
    listing = await deps.lists.load(command)
    decision = domain.delete_list(listing.state, command.data, deps.terms.lists)
    reply = await deps.lists.commit(listing, decision, command)
    if decision.events:
        terms.warn_of_nesting(await deps.known_lists.includes())
    return reply


async def do_show_reach(command: Received[ShowReach], deps: Deps) -> Reply:
    """Tell whom a list reaches, from the lists that it needs alone; changes nothing."""
    name = command.data.list_name
    inside = domain.reached([name], await deps.known_lists.includes())
    listings = await deps.known_lists.listings(inside)
    lists, subscribers = domain.current(listings, deps.terms.lists), await deps.subscribers.subscribers(inside)
    unsubscribed = await deps.unsubscribed.unsubscribed()
    return domain.show_reach(name, lists, subscribers, unsubscribed, command.data.actor.email)


async def follow_policy(deps: Deps) -> None:
    """Bring the lists up to the policy file, before anything is heard; safe to repeat.

    Raises: Conflict, AlreadyHandled when another process is at it too: then do it again.
    """
    for said in domain.read_policy(deps.terms.lists, await deps.known_lists.listings()):
        id = derived_id(said.subject, said.name, said.model_dump_json())
        await _follow(Received(id=id, name=said.name, data=said, correlation_id=id), deps)
    terms.warn_of_nesting(await deps.known_lists.includes())


async def _follow(said: Received[PolicyRead], deps: Deps) -> None:
    listing = await deps.lists.load(said)
    await deps.lists.commit(listing, domain.follow_policy(listing.state, said.data), said)
