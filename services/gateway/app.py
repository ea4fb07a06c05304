"""Composition root: settings, stores, routes and handlers become the running service.

`python -m services.gateway.app`
"""

from __future__ import annotations

import ssl

from fastapi import FastAPI
from starlette.datastructures import State

from services.gateway.adapters import BusMessages, CountedRates, HttpCaller, RosterMessages, WeasyPrinter
from services.gateway.domain.cursor import Cursors
from services.gateway.domain.links import LinkTokens
from services.gateway.handlers import FIRST, HANDLERS, MOUNTS, ROUTERS, problems
from services.gateway.handlers.doorway import Doorway
from services.gateway.handlers.hub import LOOK_EVERY_S, Hub
from services.gateway.handlers.openapi import Described, operation_id
from services.gateway.handlers.pages.rendering import told
from services.gateway.handlers.traced import Traced
from services.gateway.ports import Deps, Hooks
from services.gateway.settings import Settings
from services.gateway.store import (
    MongoCalls,
    MongoCommands,
    MongoFeed,
    MongoHistory,
    MongoKeys,
    MongoLibrary,
    MongoLinks,
    MongoLists,
    MongoReviewers,
    MongoSessions,
    MongoVocabulary,
)
from services.gateway.store.commands import FREED_EVERY_S
from services.gateway.store.feed import MARKED_EVERY_S
from services.gateway.wiring import beside, counted_of, identities, issuer_of, of_search, operating_of, sign_in_of
from shared.clock import SystemClock
from shared.contracts.links import UnsubscribeLinks
from shared.messaging.documents import Repository
from shared.messaging.service import Service, health_routes
from shared.mongo import TRANSIENT
from shared.room import Foundation, every, installed_version, run
from shared.tracing import tracer

DESCRIPTION = """Carries an incident from resolved to everyone who can learn from it.

Every answer from 400 on is a `Problem` (RFC 9457); `rule` is its stable name. `HEAD` works wherever `GET` does, and
`OPTIONS` tells the methods. What holds for all routes is in docs/api.md."""
TAGS = [
    {"name": "incidents", "description": "The door for incident tools."},
    {"name": "postmortems", "description": "Find, read, edit and submit postmortems."},
    {"name": "history", "description": "Revisions of the text, what changed between them, and copies to give away."},
    {"name": "reviews", "description": "The community's word on a revision."},
    {"name": "reviewers", "description": "The community of reviewers: who belongs to it, what they know, who is away."},
    {"name": "meetings", "description": "The meeting about a postmortem, on the shared calendar."},
    {"name": "publication", "description": "Publishing, corrections, and the mail to each recipient."},
    {"name": "lists", "description": "The distribution lists, and who is on one by choice, and who wants a digest."},
    {"name": "action items", "description": "What is to be done after an incident, by whom and until when."},
    {"name": "insights", "description": "What many postmortems tell together."},
    {"name": "watching", "description": "What happens, live or as a feed and a calendar to subscribe to."},
    {"name": "commands", "description": "What became of a request that was answered with 202."},
]
WEBHOOKS = "/v1/webhooks/"


def web(service: Service, deps: Deps, hub: Hub) -> FastAPI:
    """Return the HTTP side: routes, errors, limits, and what they need."""
    return serving(routed(service), deps, hub)


def serving(app: FastAPI, deps: Deps, hub: Hub) -> FastAPI:
    """Give routes what they need; return their application."""
    app.state = State({"deps": deps, "hub": hub, "leaving": [hub.close], "told": told})
    return app


def routed(service: Service) -> FastAPI:
    """Return the routes, errors and limits; the framework takes them apart at the first request that comes."""
    app = Described(
        title="Afterword",
        version=installed_version(),
        description=DESCRIPTION,
        lifespan=service.running,
        openapi_tags=TAGS,
        servers=[{"url": "/", "description": "The installation that you read this on."}],
        separate_input_output_schemas=False,
        generate_unique_id_function=operation_id,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would tell whole addresses; see Traced
        redirect_slashes=False,  # a redirect would lead to whatever the Host header says
    )
    app.router.routes.extend([*FIRST, *health_routes(service)])
    for router in ROUTERS:
        app.include_router(router)
    app.router.routes.extend(MOUNTS)
    problems.install(app, away=TRANSIENT)
    if traces := tracer():
        app.add_middleware(Traced, tracer=traces)  # inside of the doorway, which names requests
    app.add_middleware(Doorway, raw=(WEBHOOKS,), documents=("/text", "/text/diff"))
    return app


def build(settings: Settings) -> FastAPI:
    """Wire the room."""
    endpoints = settings.endpoints()
    base = Foundation("gateway", settings)
    clock, sessions = SystemClock(), MongoSessions(base.database)
    library, history = MongoLibrary(base.database), MongoHistory(base.database)
    vocabulary = MongoVocabulary(library.searching)
    commands, calls = MongoCommands(base.database, clock), MongoCalls(base.database, clock)
    reviewers, lists = MongoReviewers(base.database), MongoLists(base.database)
    caller = HttpCaller(f"Afterword/{installed_version()}", ssl.create_default_context(), clock)
    feed, secret = MongoFeed(base.database, clock), settings.secret_key.get_secret_value()
    hub = Hub(feed, library, away=TRANSIENT)
    issuer, keys = issuer_of(settings, clock), MongoKeys(base.database)
    messages = BusMessages(base.bus, clock)
    roster, operating = RosterMessages(messages, reviewers, clock), operating_of(settings, base.database)
    deps = Deps(
        messages=messages,
        library=library,
        vocabulary=vocabulary,
        commands=commands,
        feed=feed,
        links=MongoLinks(base.database),
        tokens=LinkTokens(secret),
        views=Repository("gateway", library, base.relay(library), clock),
        view=library.state_of,
        history=history,
        printer=WeasyPrinter(),
        identities=identities(settings, keys, issuer, roster, clock),
        rates=CountedRates(settings.rates()),
        proxies=settings.trusted_proxies,
        secrets=settings.secrets(),
        public_url=settings.public_url,
        cursors=Cursors(secret),
        clock=clock,
        hooks=Hooks(endpoints=endpoints, caller=caller, calls=calls),
        reviewers=reviewers,
        memberships=Repository("gateway", reviewers, base.relay(reviewers), clock),
        lists=lists,
        list_views=Repository("gateway", lists, base.relay(lists), clock),
        unsubscribe_links=UnsubscribeLinks.of(secret),
        severities=settings.severities(),
        timezone=settings.timezone(),
        sign_in=sign_in_of(settings, sessions, issuer),
    )
    stores = (library, history, commands, calls, feed, keys, reviewers, lists, sessions)
    service = base.service(
        HANDLERS,
        deps,
        stores=stores,
        work=[
            every(LOOK_EVERY_S, hub.look),
            every(MARKED_EVERY_S, feed.mark),
            every(FREED_EVERY_S, commands.free),
            *of_search(library, vocabulary),
            *(beside(issuer, roster) if issuer else ()),
        ],
        close=[commands.free, *([issuer.close] if issuer else [])],
        figures=counted_of(library, operating.broker, clock),
    )
    app = web(service, deps, hub)
    app.state.operating = operating
    return app


if __name__ == "__main__":
    run("gateway", Settings, build)
