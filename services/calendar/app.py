"""Composition root: settings, adapters and handlers become the running service. `python -m services.calendar.app`."""

from __future__ import annotations

from starlette.applications import Starlette

from services.calendar.adapters import CalDavPeople, CalDavServer, without_account
from services.calendar.domain import Practice
from services.calendar.handlers import HANDLERS, on_due
from services.calendar.handlers.watch import Watch
from services.calendar.ports import Deps
from services.calendar.settings import Policy, Settings
from services.calendar.store import MongoBookmarks, MongoMeetings
from shared.clock import SystemClock
from shared.messaging.documents import Repository
from shared.messaging.service import as_app
from shared.messaging.timers import Timers
from shared.room import Foundation, every, run
from shared.settings import load_policy


def build(settings: Settings) -> Starlette:
    """Wire the room."""
    policy = load_policy(settings.policy, Policy)
    practice = policy.practice(settings.public_url)
    base = Foundation("calendar", settings)
    store = MongoMeetings(base.database)
    clock = SystemClock()
    server = CalDavServer(settings.caldav_url.get_secret_value(), practice)
    peoples = peoples_calendars(settings, policy, practice)
    deps = Deps(
        meetings=Repository("calendar", store, base.relay(store), clock),
        diary=store,
        bookmarks=MongoBookmarks(base.database, server.url),
        calendar=server,
        practice=practice,
        clock=clock,
        peoples=peoples,
    )
    timers, watch = Timers(store, clock, on_due, deps), Watch(deps)
    timers.follow(deps.meetings)
    service = base.service(
        HANDLERS,
        deps,
        stores=[store],
        prepare=[server.check],
        work=[timers.ring, every(settings.caldav_poll_seconds, watch.look)],
        close=[server.close, peoples.close],
    )
    return as_app(service)


def peoples_calendars(settings: Settings, policy: Policy, practice: Practice) -> CalDavPeople:
    """Return where people's own calendars are read: as the setting says, else as the policy does."""
    accounts = [settings.caldav_url.get_secret_value()]
    where = policy.calendar.busy
    if settings.caldav_busy_url:
        accounts.append(settings.caldav_busy_url.get_secret_value())
        where = without_account(accounts[-1])
    return CalDavPeople(where, tuple(accounts), practice.zone)


if __name__ == "__main__":
    run("calendar", Settings, build)
