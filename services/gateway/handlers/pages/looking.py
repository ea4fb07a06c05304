"""What the operations page looks at, part by part; what does not answer is a trouble of its part alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import structlog

from services.gateway.domain import operating as standing
from services.gateway.domain.atom import Chosen
from services.gateway.domain.operating import BrokerState, Depth, ParkedMessage
from services.gateway.domain.restriction import sees
from services.gateway.domain.view import View
from services.gateway.handlers.giving import give
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.suppressions import SuppressionPage, suppressed
from services.gateway.ports import Deps, Unavailable
from services.gateway.ports.operating import Away, Parking
from shared.contracts.commands import Actor, ListDeliveries

log = structlog.get_logger(__name__)

T = TypeVar("T")
NEWEST, UNDER_WAY, EACH = 50, 10, 5
"""Publications that are looked through; deliveries that are shown; messages that are shown of one queue."""
PATIENCE_S = 2.0
"""For a page; whoever has to know waits longer over the API."""
SUPPRESSIONS = 20


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """A part of the page: what is known, or why it is not."""

    value: T | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ParkedQueue:
    """What is parked for one queue: how much, and the first of it."""

    depth: Depth
    name: str
    messages: Sequence[ParkedMessage]

    @property
    def count(self) -> int:
        """Return how many there are, or were when they were counted."""
        return max(self.depth.waiting or 0, len(self.messages))


@dataclass(frozen=True, slots=True)
class UnderWay:
    """How far the mail of one publication is; `told` is None when distribution did not say."""

    view: View
    told: dict[str, Any] | None

    @property
    def reply(self) -> str:
        """Return what came of the last attempt at the first mail that waits; empty when there is none."""
        waiting = self.told["deliveries"] if self.told else ()
        return str(waiting[0]["reply"]) if waiting else ""


@dataclass(frozen=True, slots=True)
class Mail:
    """What mail is under way; `stopped` is since when and in which words the mail server takes none at all."""

    stopped: dict[str, Any] | None
    under_way: Sequence[UnderWay]


async def looked(work: Awaitable[T]) -> Part[T]:
    """Return what there is, or the words of what does not answer."""
    try:
        return Part(await work)
    except (Away, Unavailable, Problem) as error:
        log.warning("a part of the operations page is away", error=str(error))
        return Part(trouble=str(error))


async def parked(
    deps: Deps, parking: Parking | None, broker: Part[BrokerState], reader: str
) -> Part[Sequence[ParkedQueue]]:
    """Return what is parked, queue by queue, without what this reader may not see of restricted postmortems."""
    if broker.value is None:
        return Part(trouble=broker.trouble)
    depths = standing.parked(broker.value)
    if parking is None:
        return Part([ParkedQueue(each, _heard(each), ()) for each in depths])
    return await looked(_parked(deps, parking, depths, reader))


async def _parked(deps: Deps, parking: Parking, depths: Sequence[Depth], reader: str) -> Sequence[ParkedQueue]:
    found = []
    for depth in depths:
        messages = await parking.first(_heard(depth), EACH)
        shown = [await _shown(deps, message, reader) for message in messages]
        found.append(ParkedQueue(depth, _heard(depth), shown))
    return found


def _heard(depth: Depth) -> str:
    return depth.queue.removeprefix(standing.PARKINGS)


async def _shown(deps: Deps, message: ParkedMessage, reader: str) -> ParkedMessage:
    """Cover what is about a restricted postmortem, known or not known yet, unless that names the reader."""
    view = await deps.view(message.subject) if message.subject else None
    is_open = sees(reader, view) if view and view.draft else not standing.says_restricted(message.body)
    return standing.shortened(message) if is_open else standing.covered(message)


async def deliveries(deps: Deps, actor: Actor) -> Mail:
    """Return the newest publications whose mail is not through. Raises: Problem, Unavailable."""
    newest = await deps.library.published(Chosen(), actor.email, NEWEST)
    waiting = [view for view in newest if _is_under_way(view)][:UNDER_WAY]
    found = await asyncio.gather(*(_under_way(deps, view, actor) for view in waiting))
    refusals = (each.told["stopped"] for each in found if each.told and each.told.get("stopped"))
    return Mail(next(refusals, None), found)


def _is_under_way(view: View) -> bool:
    done = view.completed.revision if view.completed else 0
    return view.publication is not None and done < view.publication.revision


async def _under_way(deps: Deps, view: View, actor: Actor) -> UnderWay:
    command = ListDeliveries(postmortem_id=view.id, actor=actor, limit=1, state="pending")
    answered = await give(replace(deps, patience=PATIENCE_S), command, None)
    return UnderWay(view, answered.reply.data if answered.reply else None)


async def suppressions(deps: Deps, actor: Actor, cursor: str | None) -> SuppressionPage:
    """Return addresses that get no mail. Raises: Problem, Unavailable."""
    return await suppressed(replace(deps, patience=PATIENCE_S), actor, cursor or None, SUPPRESSIONS)
