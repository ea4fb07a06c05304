"""Composition root: settings, store, template and handlers become the running service.

`python -m services.drafting.app`
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from starlette.applications import Starlette

from services.drafting.adapters import (
    BadPattern,
    Checker,
    Company,
    OwnPattern,
    Template,
    compiled,
    free_days,
    missing,
    rules_of,
    wording,
)
from services.drafting.domain import Guidance, advise
from services.drafting.handlers import HANDLERS, on_due
from services.drafting.ports import Deps
from services.drafting.settings import Policy, Settings
from services.drafting.store import MongoPostmortems
from shared.clock import SystemClock
from shared.messaging.documents import Repository
from shared.messaging.service import as_app
from shared.messaging.timers import CHECK_EVERY_S, Timers
from shared.room import Foundation, every, run
from shared.settings import PREFIX, SettingError, load_policy


def checker(policy: Policy, path: Path, secret: str) -> Checker:
    """Build the check with the organisation's own rules; `secret` is the installation's. Raises: SettingError."""
    checks = policy.drafting.checks
    own = tuple(OwnPattern(each.name, each.regex, each.hint) for each in policy.drafting.patterns)
    company = Company(policy.domains(), frozenset(person.email for person in policy.people))
    try:
        return Checker.of(secret, rules_of(company, own, checks.off), tuple(compiled(each) for each in checks.allow))
    except BadPattern as error:
        msg = f"{PREFIX}POLICY: {path}: drafting: {error}"
        raise SettingError(msg) from error


def guidance(policy: Policy, path: Path, secret: str) -> Guidance:
    """Turn the policy file, which is at `path`, into what decisions need. Raises: SettingError."""
    return Guidance(
        zone=ZoneInfo(policy.organisation.timezone),
        directory=policy.directory(),
        default_owner=policy.owner(),
        postmortem_for=policy.drafting.postmortem_for,
        default_severity=policy.drafting.default_severity,
        deadlines=policy.deadlines(),
        action_items=policy.action_items(),
        settle=timedelta(seconds=policy.drafting.settle_seconds),
        is_free=free_days(policy.organisation.holidays),
        write=Template().write,
        missing=missing,
        advise=partial(advise, wording=wording()),
        check=checker(policy, path, secret).check,
    )


def build(settings: Settings) -> Starlette:
    """Wire the room."""
    policy = load_policy(settings.policy, Policy)
    base = Foundation("drafting", settings)
    store = MongoPostmortems(base.database)
    clock = SystemClock()
    secret = settings.secret_key.get_secret_value() if settings.secret_key else ""
    deps = Deps(
        postmortems=Repository("drafting", store, base.relay(store), clock),
        guidance=guidance(policy, settings.policy, secret),
        clock=clock,
    )
    timers = Timers(store, clock, on_due, deps)
    service = base.service(HANDLERS, deps, prepare=[store.prepare], work=[every(CHECK_EVERY_S, timers.check)])
    return as_app(service)


if __name__ == "__main__":
    run("drafting", Settings, build)
