"""Composition root: settings, stores, relay and handlers become the running service.

`python -m services.distribution.app`
"""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.applications import Starlette

from services.distribution.adapters import Envelopes, Leavers, Line, Postman, Remembered, Writing
from services.distribution.adapters.bounces import Suppressed
from services.distribution.domain import Delivery
from services.distribution.handlers import (
    HANDLERS,
    follow_policy,
    make_up_digest,
    on_digest_due,
    on_due,
    on_gathered,
    watch,
)
from services.distribution.ports import Bouncing, Deps
from services.distribution.settings import Policy, Settings
from services.distribution.store import (
    MongoAddresses,
    MongoAudiences,
    MongoGatherings,
    MongoLedger,
    MongoLists,
    MongoPublications,
    MongoSent,
    MongoSharing,
    MongoStoppages,
    MongoSubscriptions,
)
from services.distribution.wiring.digests import digest_writing, sharing_deps
from services.distribution.wiring.printing import notice_printer, printer, signed
from services.distribution.wiring.returning import return_paths, ways_back
from services.distribution.wiring.sending import mailers
from shared.clock import SystemClock
from shared.contracts.base import derived_id
from shared.messaging.documents import Repository
from shared.messaging.envelope import Received
from shared.messaging.service import as_app
from shared.messaging.timers import CHECK_EVERY_S, Due, Timers
from shared.room import Foundation, every, run
from shared.settings import load_policy

DIGEST_EVERY_S = 60.0
"""How often it is looked whether a weekly digest is due."""


def build(settings: Settings) -> Starlette:
    """Wire the room."""
    policy = load_policy(settings.policy, Policy)
    base = Foundation("distribution", settings)
    store, ledger, clock = MongoPublications(base.database), MongoLedger(base.database), SystemClock()
    audiences = MongoAudiences(base.database)
    lists, subscriptions = MongoLists(base.database), MongoSubscriptions(base.database)
    addresses, sent, paths = MongoAddresses(base.database), MongoSent(base.database), return_paths(policy, settings)
    kept = MongoSharing(base.database)
    sharing = sharing_deps(base, kept, policy, settings)
    gatherings, stoppages = MongoGatherings(base.database), MongoStoppages(base.database)
    deps = Deps(
        publications=Repository("distribution", store, base.relay(store), clock),
        lists=Repository("distribution", lists, base.relay(lists), clock),
        known_lists=lists,
        subscriptions=Repository("distribution", subscriptions, base.relay(subscriptions), clock),
        unsubscribed=subscriptions,
        subscribers=subscriptions,
        gatherings=Repository("distribution", gatherings, base.relay(gatherings), clock),
        stoppages=Repository("distribution", stoppages, base.relay(stoppages), clock),
        pace=policy.pace(),
        ledger=ledger,
        audiences=audiences,
        clock=clock,
        printer=printer(policy, settings),
        notices=notice_printer(policy, settings),
        terms=policy.terms(),
        bouncing=Bouncing(
            addresses=Repository("distribution", addresses, base.relay(addresses), clock),
            standings=addresses,
            sent=sent,
            terms=policy.bounce_terms(),
        ),
        sharing=sharing,
        wake=asyncio.Event(),
    )
    timers = Timers(store, clock, on_due, deps)
    gathered = Timers(gatherings, clock, on_gathered, deps)

    async def done(row: Delivery) -> None:
        if row.revision > 0 and not await ledger.any_waiting(row.postmortem_id, row.revision):
            await timers.look(_settled(row))

    new_mailer = mailers(policy, settings)
    line, sender = Line(clock), policy.distribution.sender.email
    envelopes = Envelopes(sender, return_path=paths.address if paths else lambda _: sender)
    known = Remembered(read=store.state_of, versions=store.versions)
    digest_timers = Timers(kept.digests, clock, on_digest_due, deps)
    writing = Writing(
        known=known,
        printer=deps.printer,
        notices=deps.notices,
        clock=clock,
        suppressed=Suppressed(addresses.suppressions, clock).why,
        digests=digest_writing(kept, sharing, clock).write,
        holding=[Leavers(subscriptions)],
    )
    writer = signed(policy, settings, writing)

    async def watching() -> None:
        await watch(deps, line.standing)

    postmen = [
        Postman(
            ledger=ledger, mailer=new_mailer(), envelopes=envelopes, writer=writer, done=done, line=line, wake=deps.wake
        )
        for _ in range(policy.distribution.connections)
    ]
    stores = (store, ledger, audiences, lists, subscriptions, gatherings, stoppages, addresses, sent, kept)
    listeners, polls = ways_back(settings, paths, deps)
    service = base.service(
        HANDLERS,
        deps,
        prepare=[*(each.prepare for each in stores), partial(follow_policy, deps), *(each.open for each in listeners)],
        work=[
            every(CHECK_EVERY_S, timers.check),
            every(CHECK_EVERY_S, gathered.check),
            every(CHECK_EVERY_S, watching),
            every(CHECK_EVERY_S, digest_timers.check),
            every(DIGEST_EVERY_S, partial(make_up_digest, deps)),
            *(postman.round for postman in postmen),
            *polls,
        ],
        close=[each.close for each in listeners],
    )
    return as_app(service)


def _settled(row: Delivery) -> Received[Due]:
    """The moment at which the last mail of a publication is through, as a message to ourselves."""
    id = derived_id(row.postmortem_id, "settled", row.id, str(row.attempts))
    return Received(id=id, name=Due.name, data=Due(postmortem_id=row.postmortem_id), correlation_id=id)


if __name__ == "__main__":
    run("distribution", Settings, build)
