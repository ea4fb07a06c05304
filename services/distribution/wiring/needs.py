"""What the handlers use, over the room's own stores."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from pydantic import BaseModel

from services.distribution.ports import Bouncing, Deps
from services.distribution.settings import Policy, Settings
from services.distribution.wiring.digests import sharing_deps
from services.distribution.wiring.printing import presses
from services.distribution.wiring.stores import Stores
from shared.clock import SystemClock
from shared.messaging.documents import Repository
from shared.mongo import MongoDocuments
from shared.room import Foundation

S = TypeVar("S", bound=BaseModel)


def needs(base: Foundation, stores: Stores, policy: Policy, settings: Settings) -> Deps:
    """Return what the handlers use. Raises: SettingError for templates that cannot be filled."""
    clock, prints = SystemClock(), presses(policy, settings)

    def repository(store: MongoDocuments[S]) -> Repository[S]:
        return Repository("distribution", store, base.relay(store), clock)

    return Deps(
        publications=repository(stores.publications),
        lists=repository(stores.lists),
        known_lists=stores.lists,
        subscriptions=repository(stores.subscriptions),
        unsubscribed=stores.subscriptions,
        subscribers=stores.subscriptions,
        gatherings=repository(stores.gatherings),
        stoppages=repository(stores.stoppages),
        pace=policy.pace(),
        ledger=stores.ledger,
        audiences=stores.audiences,
        clock=clock,
        printer=prints.letters,
        notices=prints.notices,
        terms=policy.terms(),
        bouncing=Bouncing(
            addresses=repository(stores.addresses),
            standings=stores.addresses,
            sent=stores.sent,
            terms=policy.bounce_terms(),
        ),
        sharing=sharing_deps(base, stores.sharing, policy, prints.digests),
        wake=asyncio.Event(),
    )
