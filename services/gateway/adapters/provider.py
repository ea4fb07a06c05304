"""The OpenID provider as people sign in at it: its page, and what it gives for the code that they come back with.

What is asked and answered is oauthlib's (RFC 6749, RFC 7636); the way there is the HTTP client that fetches its keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

from services.gateway.adapters.issuer import HttpIssuer
from services.gateway.domain.identity import NotAccepted
from services.gateway.domain.signing_in import Journey
from services.gateway.domain.tokens import TokenRules
from services.gateway.ports import IssuerAway, Redeemed

AGAIN_AFTER_S = 10
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
S256 = "S256"


class HttpProvider:
    """A provider at which we are registered as a client; without a secret as a public one."""

    def __init__(self, issuer: HttpIssuer, client_id: str, client_secret: str | None, scopes: str) -> None:
        self.issuer = issuer
        self.rules = TokenRules(issuer=issuer.url, audience=client_id, types=("JWT",))
        self.client_id = client_id
        self.secret = client_secret
        self.scopes = scopes

    async def way(self, journey: Journey, back: str) -> str:
        """Return the address of the provider's page that leads back to this address. Raises: IssuerAway."""
        where = await self.issuer.endpoint("authorization_endpoint")
        asked = {  # OpenID Connect Core 1.0, 3.1.2.1; the library's own function takes no provider on this machine
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": back,
            "scope": self.scopes,
            "state": journey.state,
            "nonce": journey.nonce,
            "code_challenge": WebApplicationClient(self.client_id).create_code_challenge(journey.verifier, S256),
            "code_challenge_method": S256,
        }
        return str(add_params_to_uri(where, list(asked.items())))

    async def redeem(self, code: str, journey: Journey, back: str) -> Redeemed:
        """Return what the provider gives for a code. Raises: NotAccepted when it does not take it; IssuerAway."""
        where = await self.issuer.endpoint("token_endpoint")
        try:
            told = await self._tokens(where, code, journey, back)
            return Redeemed(
                id_token=str(told.get("id_token", "")), userinfo=await self._userinfo(str(told["access_token"]))
            )
        except OAuth2Error as error:
            text = "The provider does not take this sign-in any more: begin again."
            raise NotAccepted("sign-in-refused", text, str(error.error)) from error
        except (httpx.HTTPError, ValueError) as error:
            raise IssuerAway(repr(error), AGAIN_AFTER_S) from error

    async def _tokens(self, where: str, code: str, journey: Journey, back: str) -> Mapping[str, Any]:
        """Trade a code for tokens. Raises: OAuth2Error for an answer that is none, HTTPError."""
        client = WebApplicationClient(self.client_id)
        body = client.prepare_request_body(
            code=code, redirect_uri=back, include_client_id=self.secret is None, code_verifier=journey.verifier
        )
        login = httpx.BasicAuth(self.client_id, self.secret) if self.secret else httpx.USE_CLIENT_DEFAULT
        answer = await self.issuer.client.post(where, content=body, headers=FORM, auth=login)
        if answer.is_server_error:
            answer.raise_for_status()
        found: Mapping[str, Any] = client.parse_request_body_response(answer.text)
        return found

    async def _userinfo(self, token: str) -> Mapping[str, Any]:
        """Return what only the userinfo tells: many providers keep groups out of ID tokens."""
        where = await self.issuer.endpoint("userinfo_endpoint", needed=False)
        if not where:
            return {}
        answer = await self.issuer.client.get(where, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        found = answer.json()
        return found if isinstance(found, dict) else {}
