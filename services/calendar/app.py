"""Composition root: settings, adapters and handlers become the running service. `python -m services.calendar.app`."""

from __future__ import annotations

from starlette.applications import Starlette

from services.calendar.adapters import CalDavServer
from services.calendar.handlers import HANDLERS, on_due
from services.calendar.handlers.watch import Watch
from services.calendar.ports import Deps
from services.calendar.settings import Policy, Settings
from services.calendar.store import MongoBookmarks, MongoMeetings
from shared.clock import SystemClock
from shared.messaging.documents import Repository
from shared.messaging.service import as_app
from shared.messaging.timers import CHECK_EVERY_S, Timers
from shared.room import Foundation, every, run
from shared.settings import load_policy


def build(settings: Settings) -> Starlette:
    """Wire the room."""
    practice = load_policy(settings.policy, Policy).practice(settings.public_url)
    base = Foundation("calendar", settings)
    store = MongoMeetings(base.database)
    clock = SystemClock()
    server = CalDavServer(settings.caldav_url.get_secret_value(), practice)
    deps = Deps(
        meetings=Repository("calendar", store, base.relay(store), clock),
        diary=store,
        bookmarks=MongoBookmarks(base.database, server.url),
        calendar=server,
        practice=practice,
        clock=clock,
    )
    timers, watch = Timers(store, clock, on_due, deps), Watch(deps)
    service = base.service(
        HANDLERS,
        deps,
        prepare=[store.prepare, server.check],
        work=[every(CHECK_EVERY_S, timers.check), every(settings.caldav_poll_seconds, watch.look)],
        close=[server.close],
    )
    return as_app(service)


if __name__ == "__main__":
    run("calendar", Settings, build)
