"""What stands before two gateways: requests go to one after the other, as a balancer sends them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import httpx


class Alternating(httpx.AsyncHTTPTransport):
    """Sends each request to the next of several gateways."""

    def __init__(self, urls: Sequence[str]) -> None:
        super().__init__(limits=httpx.Limits(max_connections=100, max_keepalive_connections=50))
        self._next = cycle(httpx.URL(url) for url in urls)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it. Raises: what the line raises; whoever asks again comes to another gateway."""
        gateway = next(self._next)
        request.url = request.url.copy_with(host=gateway.host, port=gateway.port)
        return await super().handle_async_request(request)
