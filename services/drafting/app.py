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
    BadTemplate,
    Checker,
    Company,
    OwnPattern,
    TemplateBook,
    compiled,
    free_days,
    rules_of,
    wording,
)
from services.drafting.domain import Guidance, advise, missing
from services.drafting.handlers import HANDLERS, on_due
from services.drafting.ports import Deps, Postmortems
from services.drafting.settings import Policy, Settings
from services.drafting.store import MongoPostmortems
from shared.clock import SystemClock
from shared.contracts.severities import labels
from shared.messaging.service import as_app
from shared.messaging.timers import Timers
from shared.room import Foundation, run
from shared.settings import PREFIX, SettingError, load_policy


def templates(policy: Policy, path: Path) -> TemplateBook:
    """Read the templates that the policy names beside its own file. Raises: SettingError."""
    drafting = policy.drafting
    try:
        return TemplateBook(policy.template_rules(), drafting.template, path.parent, policy.severities)
    except BadTemplate as error:
        msg = f"{PREFIX}POLICY: {path}: drafting: {error}"
        raise SettingError(msg) from error


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
    """Turn the policy file, and the templates beside it, into what decisions need. Raises: SettingError.

    `secret` is the installation's, from which ids of findings are made.
    """
    return Guidance(
        zone=ZoneInfo(policy.organisation.timezone),
        directory=policy.directory(),
        default_owner=policy.owner(),
        postmortem_for=policy.drafting.postmortem_for,
        default_severity=policy.drafting.default_severity,
        deadlines=policy.deadlines(),
        action_items=policy.action_items(),
        settle=timedelta(seconds=policy.drafting.settle_seconds),
        is_free=free_days(policy.organisation.holidays, policy.organisation.free_days),
        write=templates(policy, path).write,
        missing=missing,
        advise=partial(advise, wording=wording()),
        labels=labels(policy.severities),
        rules=policy.rules(),
        service_owners=policy.service_owners(),
        reminders=policy.reminders(),
        check=checker(policy, path, secret).check,
    )


def build(settings: Settings) -> Starlette:
    """Wire the room."""
    policy = load_policy(settings.policy, Policy)
    base = Foundation("drafting", settings)
    store = MongoPostmortems(base.database)
    clock = SystemClock()
    secret = settings.secret_key.get_secret_value() if settings.secret_key else ""
    known = guidance(policy, settings.policy, secret)
    postmortems = Postmortems(store, base.relay(store), known, clock)
    deps = Deps(postmortems=postmortems, guidance=known, clock=clock)
    timers = Timers(store, clock, on_due, deps)
    timers.follow(postmortems)
    service = base.service(HANDLERS, deps, stores=[store], work=[timers.ring])
    return as_app(service)


if __name__ == "__main__":
    run("drafting", Settings, build)
