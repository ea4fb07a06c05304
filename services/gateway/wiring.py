"""How callers and visitors are known, what operators look at, and what is done beside requests, from the settings."""

from __future__ import annotations

from dataclasses import replace

from services.gateway.adapters import (
    BrokerDepths,
    BrokerParking,
    HttpIssuer,
    HttpProvider,
    HttpRooms,
    RecentKeys,
    RosterMessages,
)
from services.gateway.adapters.issuer import REFRESHED_EVERY_S, client
from services.gateway.adapters.roster import TOLD_EVERY_S
from services.gateway.domain.api_keys import Digests
from services.gateway.domain.signing_in import Journeys
from services.gateway.handlers.figures import Counting
from services.gateway.ports import Identities, Oidc, SignIn
from services.gateway.ports.operating import Broker, Operating
from services.gateway.settings import Settings
from services.gateway.store import MongoKeys, MongoLibrary, MongoSessions, MongoVocabulary
from services.gateway.store.figures import MongoFigures
from services.gateway.store.server import MongoServer
from shared.clock import Clock
from shared.messaging import topology
from shared.messaging.service import Work
from shared.mongo import Database
from shared.room import every, installed_version

FILLED_EVERY_S, WORDS_EVERY_S = 60.0, 60.0
"""How often rows of gateways that are still of an older version are looked for, and words of the library learnt."""


def issuer_of(settings: Settings, clock: Clock) -> HttpIssuer | None:
    """Return the OpenID provider of the settings, if there is one."""
    return HttpIssuer(settings.oidc_issuer, client(), clock) if settings.oidc_issuer else None


def identities(
    settings: Settings, keys: MongoKeys, issuer: HttpIssuer | None, roster: RosterMessages, clock: Clock
) -> Identities:
    """Return by what callers are known."""
    rules, roles = settings.token_rules(), replace(settings.roles(), roster=settings.roster())
    return Identities(
        configured=settings.api_keys,
        kept=RecentKeys(keys, clock),
        digests=Digests(settings.secret_key.get_secret_value()),
        oidc=Oidc(issuer=issuer, rules=rules, roles=roles, roster=roster) if issuer and rules else None,
    )


def sign_in_of(settings: Settings, sessions: MongoSessions, issuer: HttpIssuer | None) -> SignIn:
    """Return the ways in which people sign in to the pages."""
    client_id, secret = settings.oidc_client_id, settings.oidc_client_secret
    shared = secret.get_secret_value() if secret else None
    provider = HttpProvider(issuer, client_id, shared, settings.oidc_scopes) if issuer and client_id else None
    return SignIn(
        sessions=sessions,
        journeys=Journeys(settings.secret_key.get_secret_value()),
        provider=provider,
        as_anybody=settings.as_anybody(),
        secure=settings.has_tls(),
    )


def operating_of(settings: Settings, database: Database) -> Operating:
    """Return what operators look at."""
    operator = settings.operator_rabbitmq_url
    return Operating(
        version=installed_version(),
        broker=BrokerDepths(settings.rabbitmq_url.get_secret_value()),
        rooms=HttpRooms(tuple(topology.HEARS), {str(name): url for name, url in settings.rooms.items()}),
        database=MongoServer(database),
        parking=BrokerParking(operator.get_secret_value()) if operator else None,
    )


def counted_of(library: MongoLibrary, broker: Broker, clock: Clock) -> tuple[Work, Work]:
    """Return what is counted for whoever asks for metrics."""
    counting = Counting(MongoFigures(library.collection), broker, clock)
    return counting.library, counting.queues


def beside(issuer: HttpIssuer, roster: RosterMessages) -> tuple[Work, Work]:
    """Return what is done beside the requests where access tokens are taken."""
    return every(REFRESHED_EVERY_S, issuer.refresh), every(TOLD_EVERY_S, roster.tell)


def of_search(library: MongoLibrary, vocabulary: MongoVocabulary) -> tuple[Work, Work]:
    """Return what is done beside the requests so that postmortems are found."""
    return every(FILLED_EVERY_S, library.fill), every(WORDS_EVERY_S, vocabulary.refresh)
