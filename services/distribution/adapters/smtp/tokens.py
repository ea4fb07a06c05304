"""Access tokens for XOAUTH2: from a file that somebody keeps fresh, or asked for with the client's own secret."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error

PATIENCE_S = 10.0
FRESH_S = 60.0
"""A token that ends sooner is asked for anew: it has to live through the login."""
SHORT_S = 300.0
"""How long a token is kept whose end is not told."""


class NoToken(Exception):
    """There is none, and there will be none until somebody changes something."""


class TokenAway(NoToken):
    """Whoever gives them does not answer."""


class FileToken:
    """Reads the token at each connection: another program renews it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def __call__(self) -> str:
        """Return the token. Raises: NoToken."""
        try:
            token = (await asyncio.to_thread(self.path.read_text, encoding="utf-8")).strip()
        except (OSError, UnicodeDecodeError) as error:
            msg = f"cannot read the token in {self.path}: {error}"
            raise NoToken(msg) from error
        if not token:
            msg = f"there is no token in {self.path}"
            raise NoToken(msg)
        return token


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who gives tokens, and who we are to them."""

    url: str
    client_id: str
    client_secret: str
    scope: str | None = None


class IssuedToken:
    """Asks the provider with client credentials (RFC 6749 section 4.4); keeps the token until it is about to end."""

    def __init__(self, provider: Provider, http: httpx.AsyncClient | None = None) -> None:
        self.provider = provider
        self.http = http or httpx.AsyncClient(timeout=PATIENCE_S)
        self._token = ""
        self._good_until = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self) -> str:
        """Return a token that is good for a while. Raises: NoToken, TokenAway."""
        async with self._one_at_a_time:
            if time.monotonic() >= self._good_until:
                await self._fetch()
            return self._token

    async def _fetch(self) -> None:
        asked_at = time.monotonic()
        client = BackendApplicationClient(self.provider.client_id)
        try:
            token = client.parse_request_body_response(await self._ask(client))
        except (OAuth2Error, ValueError) as error:
            msg = f"the provider gives no token: {error}"
            raise NoToken(msg) from error
        self._token = str(token["access_token"])
        self._good_until = asked_at + float(token.get("expires_in") or SHORT_S) - FRESH_S

    async def _ask(self, client: BackendApplicationClient) -> str:
        url, headers, body = client.prepare_token_request(self.provider.url, scope=self.provider.scope)
        auth = httpx.BasicAuth(self.provider.client_id, self.provider.client_secret)
        try:
            answer = await self.http.post(url, headers=headers, content=body, auth=auth)
        except httpx.HTTPError as error:
            msg = f"the provider of tokens does not answer: {error}"
            raise TokenAway(msg) from error
        if answer.is_server_error:
            msg = f"the provider of tokens answers {answer.status_code}"
            raise TokenAway(msg)
        return answer.text
