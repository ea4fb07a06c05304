"""The OpenID provider: which keys it signs with now, fetched from it and kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog

from services.gateway.domain.tokens import SigningKey, signing_keys
from services.gateway.ports import IssuerAway
from shared.clock import Clock

log = structlog.get_logger(__name__)

REFRESHED_EVERY_S = 300.0
"""How long a key that the provider has withdrawn is still taken, at most, while the provider answers."""
AGAIN_AFTER = timedelta(seconds=60)
"""How long after keys were fetched one that is not among them makes us ask again: forgers cause little traffic."""
AWAY_FOR = timedelta(seconds=10)
"""How long after it did not answer the provider is left alone."""
PATIENCE_S = 5.0
LARGEST = 1024 * 1024


def client() -> httpx.AsyncClient:
    """Return a client for providers: bounded waits, no redirects."""
    return httpx.AsyncClient(timeout=PATIENCE_S, headers={"Accept": "application/json"})


class HttpIssuer:
    """Knows a provider by its discovery document. While it is away, the keys that are known go on being good."""

    def __init__(self, url: str, client: httpx.AsyncClient, clock: Clock) -> None:
        self.url = url
        self.client = client
        self.clock = clock
        self._keys: tuple[SigningKey, ...] = ()
        self._not_before: datetime | None = None
        self._trouble: str | None = None
        self._discovered: dict[str, Any] = {}
        self._one_at_a_time = asyncio.Lock()

    async def keys(self, kid: str | None) -> Sequence[SigningKey]:
        """Return its keys, fetched anew when none is called `kid` and that is allowed again. Raises: IssuerAway."""
        if not self._knows(kid):
            async with self._one_at_a_time:
                if not self._knows(kid):
                    await self._ask_again()
        return self._keys

    async def endpoint(self, name: str, *, needed: bool = True) -> str:
        """Return an address of the discovery document; nothing for one that need not be there. Raises: IssuerAway."""
        if not self._discovered:
            await self.refresh()
        where = self._discovered.get(name)
        if isinstance(where, str) and where.startswith(_scheme(self.url)):
            return where
        if needed:
            raise IssuerAway(self._trouble or f"the discovery document has no {name}", int(AWAY_FOR.total_seconds()))
        return ""

    async def refresh(self) -> None:
        """Fetch the keys; when the provider is away, say so and keep those that are known."""
        async with self._one_at_a_time:
            try:
                await self._fetch()
            except IssuerAway as error:
                log.warning("the OpenID provider does not answer", issuer=self.url, error=str(error))

    async def close(self) -> None:
        """Let go of the connections."""
        await self.client.aclose()

    def _knows(self, kid: str | None) -> bool:
        return any(key.kid == kid for key in self._keys)

    async def _ask_again(self) -> None:
        now = self.clock.now()
        if self._not_before is None or now >= self._not_before:
            await self._fetch()
        elif self._trouble:
            raise IssuerAway(self._trouble, max(1, round((self._not_before - now).total_seconds())))

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                keys = signing_keys(await self._get(await self._key_set_url()))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            self._trouble = f"{type(error).__name__}: {error}"
            self._not_before = self.clock.now() + AWAY_FOR
            raise IssuerAway(self._trouble, int(AWAY_FOR.total_seconds())) from error
        self._keys, self._trouble = keys, None
        self._not_before = self.clock.now() + AGAIN_AFTER

    async def _key_set_url(self) -> str:
        """Return where the keys are. Raises: ValueError for a document that is not the issuer's."""
        found = await self._get(f"{self.url.rstrip('/')}/.well-known/openid-configuration")
        if not isinstance(found, dict) or found.get("issuer") != self.url:
            msg = f"the discovery document is not that of {self.url}: `issuer` differs"
            raise ValueError(msg)
        self._discovered = found
        where = found.get("jwks_uri")
        if not isinstance(where, str) or not where.startswith(_scheme(self.url)):
            msg = f"the discovery document has no `jwks_uri` that begins with {_scheme(self.url)}"
            raise ValueError(msg)
        return where

    async def _get(self, url: str) -> Any:
        """Return a JSON document. Raises: HTTPError; ValueError when it is none, or too long."""
        async with self.client.stream("GET", url) as answer:
            if answer.status_code != httpx.codes.OK:
                msg = f"{url} answers {answer.status_code}"
                raise ValueError(msg)
            body = bytearray()
            async for part in answer.aiter_bytes():
                body.extend(part)
                if len(body) > LARGEST:
                    msg = f"{url} answers with more than {LARGEST} bytes"
                    raise ValueError(msg)
        return json.loads(body)


def _scheme(url: str) -> str:
    return "https://" if url.startswith("https://") else "http"
