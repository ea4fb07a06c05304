"""Calls of subscribers over HTTPS, to nowhere but where they may go.

The name is resolved here, every address is looked at, and the connection is made to one of just these: between looking
and connecting there is no second look-up that could say something else. Certificate, SNI and Host are those of the
name. Redirects are not followed, and proxies of the environment are not asked: httpcore knows neither.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpcore

from services.gateway.adapters.turns import Turns
from services.gateway.domain.hooks import Endpoint, Outcome, Request, outcome, pause, refused
from services.gateway.ports import Barred, Unreachable
from shared.clock import Clock

TIMEOUT_S = 10.0
"""For all of a call: looking up, connecting, sending, being answered."""
MOST_READ = 64 * 1024
"""So many bytes of an answer are taken, so that its sender is through with it, and none is kept."""
AWAY = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError, TimeoutError)

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns all addresses of a name. Raises: OSError."""
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


_LOOKING_UP = ThreadPoolExecutor(max_workers=8, thread_name_prefix="names of subscribers")
"""Threads of their own: a name server that does not answer holds nobody else's, the way to the broker for instance."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return all addresses that the system knows for a name, in its order. Raises: OSError."""
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_LOOKING_UP, look_up)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class HttpCaller:
    """Calls subscribers, each over a connection of its own; `context` says which certificates are good."""

    def __init__(
        self, agent: str, context: ssl.SSLContext, clock: Clock, resolve: Resolve = resolve, timeout: float = TIMEOUT_S
    ) -> None:
        self.agent = agent
        self.context = context
        self.clock = clock
        self.resolve = resolve
        self.timeout = timeout
        self.turns = Turns()

    async def call(self, endpoint: Endpoint, request: Request) -> int:
        """Send once and return the status. Raises: Unreachable, Barred."""
        async with self.turns.turn(endpoint.hook.name, self.clock.now()):
            try:
                async with asyncio.timeout(self.timeout):
                    return await self._posted(endpoint, request)
            except AWAY as error:
                msg = f"{endpoint.hook.name}: {type(error).__name__}: {error}"
                raise Unreachable(msg) from error

    async def _posted(self, endpoint: Endpoint, request: Request) -> int:
        headers = [("User-Agent", self.agent), ("Content-Type", "application/json"), *request.headers.items()]
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=self.context, max_connections=1, network_backend=Guarded(endpoint, self.resolve)
            ) as pool,
            pool.stream("POST", endpoint.url, headers=headers, content=request.body.encode()) as response,
        ):
            await _read(response)
            if outcome(response.status) is Outcome.LATER:
                self._leave_alone(endpoint.hook.name, response)
            return response.status

    def _leave_alone(self, name: str, response: httpcore.Response) -> None:
        """Do as the subscriber asks, as far as what waits is tried at all."""
        told = {key.lower(): value for key, value in response.headers}
        now = self.clock.now()
        self.turns.leave_alone(name, now + pause(told.get(b"retry-after", b"").decode("latin-1"), now))


class Guarded(httpcore.AsyncNetworkBackend):
    """The network as one subscriber's call may use it."""

    def __init__(self, endpoint: Endpoint, resolve: Resolve) -> None:
        self.endpoint = endpoint
        self.resolve = resolve
        self.network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a name that answers, if all of them may be called. Raises: Barred."""
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in await self._checked(host, port):
            try:
                return await self.network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - the library's signature
        socket_options: Iterable[SocketOption] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Connect to nothing: no subscriber is a file. Raises: Barred."""
        raise Barred(f"{self.endpoint.hook.name}: {path} is no address")

    async def sleep(self, seconds: float) -> None:
        """Wait, as the library does before it tries again; it is not asked to."""
        await self.network.sleep(seconds)

    async def _checked(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a name. Raises: Barred when one of them may not be called."""
        found, hook = await self.resolve(host, port), self.endpoint.hook
        bad = refused(found, hook.allow, only_allowed=self.endpoint.only_allowed)
        if bad is not None:
            msg = f"{hook.name}: {host} is {bad}, which is not public; name its network in `allow` if it is meant"
            raise Barred(msg)
        return found


async def _read(response: httpcore.Response) -> None:
    size = 0
    async for part in response.aiter_stream():
        size += len(part)
        if size >= MOST_READ:
            return
