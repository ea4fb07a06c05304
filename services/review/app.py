"""Composition root: settings, store and handlers become the running service.

`python -m services.review.app`
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from starlette.applications import Starlette

from services.review.adapters import BadRules, rules_of
from services.review.domain.coaching import Coach
from services.review.handlers import HANDLERS, follow_policy, on_due
from services.review.ports import Deps, Reviews
from services.review.settings import Policy, Settings
from services.review.store import FILL_EVERY_S, MongoCommunity, MongoReviews
from shared.clock import SystemClock
from shared.messaging.documents import Repository
from shared.messaging.service import as_app
from shared.messaging.timers import Timers
from shared.room import Foundation, every, run
from shared.settings import PREFIX, SettingError, load_policy


def coach(policy: Policy, path: Path) -> Coach:
    """Read the rules, those of the room and the files that the policy names beside its own. Raises: SettingError."""
    try:
        return Coach(rules_of(path.parent / name for name in policy.review.coaching.files))
    except BadRules as error:
        msg = f"{PREFIX}POLICY: {path}: review.coaching: {error}"
        raise SettingError(msg) from error


def build(settings: Settings) -> Starlette:
    """Wire the room."""
    policy = load_policy(settings.policy, Policy)
    base = Foundation("review", settings)
    store, community = MongoReviews(base.database), MongoCommunity(base.database)
    clock, practice = SystemClock(), policy.practice(coach(policy, settings.policy))
    deps = Deps(
        reviews=Reviews(store, base.relay(store), practice, clock),
        workloads=store,
        memberships=Repository("review", community, base.relay(community), clock),
        community=community,
        policy=policy.community(),
        practice=practice,
        clock=clock,
        by_groups=bool(policy.review.roster.groups),
    )
    timers = Timers(store, clock, on_due, deps)
    timers.follow(deps.reviews)
    service = base.service(
        HANDLERS,
        deps,
        stores=[store, community],
        prepare=[partial(follow_policy, deps)],
        work=[timers.ring, every(FILL_EVERY_S, store.fill)],
    )
    return as_app(service)


if __name__ == "__main__":
    run("review", Settings, build)
