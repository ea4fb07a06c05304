"""API keys in the gateway's database: making, listing and ending them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from deploy.local import stack
from deploy.local.errors import LocalError
from deploy.local.keys import new_key
from deploy.local.site import Site
from deploy.operate.broker import setting
from deploy.operate.room_databases import MONGO, opened
from services.gateway.domain.access import SCOPES, useless
from services.gateway.domain.api_keys import Digests, StoredKey, id_of
from services.gateway.store import MongoKeys
from shared.contracts.commands import Role
from shared.messaging.parked import moment

SECRET_KEY = "AFTERWORD_SECRET_KEY"  # noqa: S105 - the name of a setting
LEAST_SECRET = 32
LONGEST_DAYS = 3650
NOBODY = "0" * 64
"""The digest of a key that is not made yet."""


@dataclass(frozen=True)
class Asked:
    """What a new key is asked to be, in the words of the command line; empty scopes: all that the role may."""

    name: str
    email: str
    role: Role
    scopes: Sequence[str] = ()
    expires: str | None = None

    def planned(self, now: datetime) -> StoredKey:
        """Return the key that this would be, without id and digest. Raises: LocalError that names the option."""
        try:
            return StoredKey(
                id="",
                digest=NOBODY,
                name=self.name,
                email=self.email,
                role=self.role,
                scopes=_scopes(self.role, self.scopes),
                created_at=now,
                expires_at=_end(self.expires, now),
            )
        except ValidationError as error:
            first = error.errors()[0]
            msg = f"--{first['loc'][0]}: {first['msg']}"
            raise LocalError(msg) from error


@dataclass(frozen=True)
class Place:
    """Where the keys are, and the secret that the gateway there has; None when nobody told us."""

    mongo_url: str
    secret: str | None

    def digests(self) -> Digests:
        """Return what makes digests as that gateway does. Raises: LocalError without its secret."""
        if self.secret is None or len(self.secret) < LEAST_SECRET:
            msg = f"which secret key? Set {SECRET_KEY} or {SECRET_KEY}_FILE to what the gateway there has"
            raise LocalError(msg)
        return Digests(self.secret)


def find() -> Place:
    """Return the place that the environment names, else the stack that runs here.

    Raises: LocalError when there is neither; OSError when the file of a setting cannot be read.
    """
    url, secret = setting(MONGO), setting(SECRET_KEY)
    if url and secret:
        return Place(url, secret)
    found = stack.status()
    if found and url in (None, found.run.mongo_url):  # a stack may run here on a database that is somewhere else
        file = Site().data / "secrets" / "secret_key"
        return Place(found.run.mongo_url, file.read_text(encoding="utf-8").strip())
    if url:
        return Place(url, None)
    msg = f"no gateway: nothing is up here and {MONGO} is not set; set it, or start a stack with `afterword up`"
    raise LocalError(msg)


@asynccontextmanager
async def kept(place: Place) -> AsyncIterator[MongoKeys]:
    """Give the keys of a gateway. Raises: LocalError for whatever the database refuses."""
    async with opened(place.mongo_url) as database_of:
        yield MongoKeys(database_of("gateway"))


async def create(place: Place, planned: StoredKey) -> tuple[StoredKey, str]:
    """Make a key; return what is kept of it, and the key itself, which nobody can tell again. Raises: LocalError."""
    digests = place.digests()
    async with kept(place) as keys:
        while True:
            id, key = new_key()
            made = planned.model_copy(update={"id": id, "digest": digests.of(key)})
            if await keys.create(made):
                return made, key


async def listed(place: Place) -> Sequence[StoredKey]:
    """Return every key that was ever made. Raises: LocalError."""
    async with kept(place) as keys:
        return await keys.listed()


async def revoke(place: Place, id_or_key: str, now: datetime) -> StoredKey:
    """End a key, named by its id or itself, and return it. Raises: LocalError when there is none."""
    id = id_of(id_or_key) or id_or_key
    async with kept(place) as keys:
        ended = await keys.revoke(id, now)
    if ended is None:
        msg = (
            f"no key {id!r} is kept: `afterword key list --all` shows the ids. "
            "A key of AFTERWORD_API_KEYS ends when it is taken out there and the gateway is restarted"
        )
        raise LocalError(msg)
    return ended


def _scopes(role: Role, given: Sequence[str]) -> frozenset[str] | None:
    unknown = sorted(set(given) - SCOPES)
    if unknown:
        msg = f"--scope: there is no scope {unknown[0]!r}; the scopes are {', '.join(sorted(SCOPES))}"
        raise LocalError(msg)
    for scope in useless(role, given):
        msg = f"--scope: {scope} gives nothing to the role {role}; leave it out, or take another role"
        raise LocalError(msg)
    return frozenset(given) or None


def _end(given: str | None, now: datetime) -> datetime | None:
    """Read when a key is to end: so many days from now, or a date. Raises: LocalError."""
    if given is None:
        return None
    try:
        end = now + timedelta(days=int(given)) if given.isdecimal() and int(given) <= LONGEST_DAYS else moment(given)
    except ValueError as error:
        msg = f"--expires: {given!r} is neither a number of days (90) nor a date (2027-01-31)"
        raise LocalError(msg) from error
    if end is None or end <= now:
        msg = f"--expires: {given!r} is not in the future"
        raise LocalError(msg)
    return end
