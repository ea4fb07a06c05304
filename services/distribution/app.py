"""Composition root: settings, stores, relay and handlers become the running service.

`python -m services.distribution.app`
"""

from __future__ import annotations

from functools import partial

from starlette.applications import Starlette

from services.distribution.adapters import Line, Postman
from services.distribution.domain import Delivery
from services.distribution.handlers import (
    HANDLERS,
    Watching,
    follow_policy,
    make_up_digest,
    on_digest_due,
    on_due,
    on_gathered,
)
from services.distribution.settings import Policy, Settings
from services.distribution.wiring.needs import needs
from services.distribution.wiring.printing import signed
from services.distribution.wiring.returning import return_paths, ways_back
from services.distribution.wiring.sending import envelopes, mailers, writing
from services.distribution.wiring.stores import Stores
from shared.contracts.base import derived_id
from shared.messaging.envelope import Received
from shared.messaging.service import as_app
from shared.messaging.timers import CHECK_EVERY_S, Due, Timers
from shared.room import Foundation, every, run
from shared.settings import load_policy

AGE_EVERY_S = 3600.0
DIGEST_EVERY_S = 60.0
"""How often it is looked whether a weekly digest is due, or still to be written down for its readers."""


def build(settings: Settings) -> Starlette:
    """Wire the room."""
    policy = load_policy(settings.policy, Policy)
    base = Foundation("distribution", settings)
    stores, paths = Stores(base.database), return_paths(policy, settings)
    deps = needs(base, stores, policy, settings)
    timers = Timers(stores.publications, deps.clock, on_due, deps)
    timers.follow(deps.publications)
    gathered = Timers(stores.gatherings, deps.clock, on_gathered, deps)
    digests = Timers(stores.sharing.digests, deps.clock, on_digest_due, deps)
    line = Line(deps.clock)

    async def digest() -> None:
        await make_up_digest(deps)
        await digests.check()

    async def age() -> None:
        await stores.ageing.age(deps.clock.now() - policy.kept_for())

    watching = Watching(deps, lambda: line.standing)

    async def done(row: Delivery) -> None:
        if row.revision > 0 and not await deps.ledger.any_waiting(row.postmortem_id, row.revision):
            await timers.look(_settled(row))

    new_mailer = mailers(policy, settings)
    new_postman = partial(
        Postman,
        ledger=stores.ledger,
        envelopes=envelopes(policy, paths),
        writer=signed(policy, settings, writing(stores, deps)),
        done=done,
        line=line,
        wake=deps.wake,
    )
    postmen = [new_postman(mailer=new_mailer()) for _ in range(policy.distribution.connections)]
    listeners, polls = ways_back(settings, paths, deps)
    service = base.service(
        HANDLERS,
        deps,
        stores=[stores],
        prepare=[partial(follow_policy, deps), *(each.open for each in listeners)],
        work=[
            timers.ring,
            *(every(CHECK_EVERY_S, each) for each in (gathered.check, watching.look)),
            every(DIGEST_EVERY_S, digest),
            every(AGE_EVERY_S, age),
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
