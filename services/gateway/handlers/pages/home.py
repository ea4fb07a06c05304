"""Home: what waits for me, and what is new."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.atom import Chosen
from services.gateway.domain.pages import waiting, wording
from services.gateway.domain.pages.waiting import AHEAD, ITEMS_AHEAD, Found, Task, Urgency, item_task
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.pages.rendering import page
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.ports import Deps, Queued, WantedItems
from services.gateway.ports.days import Span
from shared.contracts.action_items import ItemState

router = APIRouter(include_in_schema=False)
NEWEST = 8
MOST = 50
"""Of each kind; who has more to do sees those that are due first."""
UNDONE = (ItemState.OPEN, ItemState.IN_PROGRESS)


@router.get("/")
async def home(request: Request, who: Annotated[Visitor, visitor(Act.READ_POSTMORTEMS)], deps: Needs) -> Response:
    """Show what waits for whoever looks, what is most urgent first, and what was published."""
    email, now = who.actor.email, deps.clock.now()
    found = await _found(deps, who)
    groups = waiting.groups(found, email, now)
    tasks = [task for group in groups for task in group.tasks]
    return page(
        request,
        "home.html",
        groups=groups,
        total=len(tasks),
        late=sum(task.urgency is Urgency.LATE for task in tasks),
        with_others=waiting.with_others(found, now),
        newest=await deps.library.published(Chosen(), email, NEWEST),
        standing=partial(wording.standing, now=now),
        first_words=wording.first_words,
        counted=wording.counted,
        live="*",
    )


async def _found(deps: Deps, who: Visitor) -> Found:
    """Return what the library has for somebody, of what their key lets them read."""
    email = who.actor.email
    asked, span = Queued(state="in_review", reviewer=email, limit=MOST), _week(deps, email)
    return Found(
        owned=await deps.library.unfinished(email, MOST),
        reviews=await deps.library.queued(asked, email) if who.may(Act.READ_REVIEWS) else (),
        meetings=await deps.library.meetings_between(span, email) if who.may(Act.READ_MEETINGS) else (),
        items=await _items(deps, email) if who.may(Act.READ_ACTION_ITEMS) else (),
    )


def _week(deps: Deps, email: str) -> Span:
    now = deps.clock.now()
    return Span(since=now, until=now + AHEAD, attendee=email, limit=MOST)


async def _items(deps: Deps, email: str) -> Sequence[Task]:
    """Return the action items that somebody has to do soon, or had to."""
    now = deps.clock.now()
    wanted = [WantedItems(reader=email, now=now, owner=email, state=state.value, limit=MOST) for state in UNDONE]
    found = [each for one in wanted for each in await deps.library.items(one)]
    tasks = [item_task(each.postmortem_id, each.title, each.severity, each.item, now) for each in found]
    return [task for task in tasks if task.due <= now + ITEMS_AHEAD]
