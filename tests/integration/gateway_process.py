"""The gateway as a process of its own, on a test's broker and database; it can be killed and started again."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import aio_pika
import httpx

from deploy.local.ports import free_port
from deploy.local.processes import Process, caller_environment, spawn, stop
from deploy.local.rooms import module
from deploy.local.site import REPOSITORY
from shared.contracts import Message
from shared.messaging import topology
from shared.messaging.envelope import unsaid
from tests.helpers.receiver import Receiver
from tests.helpers.wire import to_amqp
from tests.integration.kernel_room import a_channel, depth, eventually

QUEUE = "gateway.CallWebhook.v1"
PATIENCE_S = 90.0


class Gateway:
    """One gateway with this policy and these secrets of outgoing webhooks, at `url` once it is started."""

    def __init__(
        self, folder: Path, rabbitmq: str, mongo: str, database: str, policy: str, secrets: Mapping[str, list[str]]
    ) -> None:
        self.folder, self.rabbitmq, self.port = folder, rabbitmq, free_port()
        (folder / "policy.toml").write_text(policy, encoding="utf-8")
        self.env = {
            **caller_environment("AFTERWORD_"),
            "AFTERWORD_RABBITMQ_URL": rabbitmq,
            "AFTERWORD_MONGO_URL": mongo,
            "AFTERWORD_DATABASE": database,
            "AFTERWORD_POLICY": str(folder / "policy.toml"),
            "AFTERWORD_HOOK_SECRETS": json.dumps(secrets),
            "AFTERWORD_SECRET_KEY": "k" * 32,
            "AFTERWORD_HTTP_PORT": str(self.port),
        }
        self._process: Process | None = None

    @property
    def log(self) -> Path:
        return self.folder / "gateway.log"

    async def start(self) -> None:
        """Start it, and return when it is ready."""
        self._process = spawn("gateway", module("gateway"), log=self.log, env=self.env, cwd=REPOSITORY)
        await eventually(self._ready, PATIENCE_S)

    def kill(self) -> None:
        """Kill it at once."""
        self.stop(0.0)

    def stop(self, grace: float = 10.0) -> None:
        """End it, killing it when the time of grace is over; nothing happens when it does not run."""
        if self._process:
            stop(self._process, grace)
        self._process = None

    async def tell(self, *facts: tuple[str, Message]) -> None:
        """Say events now, as their rooms do."""
        async with a_channel(self.rabbitmq) as channel:
            for id, event in facts:
                exchange = await channel.get_exchange(topology.exchange_of(event.name), ensure=False)
                said = to_amqp(unsaid(event, id=id, room="drafting", time=datetime.now(UTC)))
                await exchange.publish(said, routing_key=event.name)

    async def counted(self, hook: str, outcome: str) -> int:
        """Return how many calls have had this outcome since the process was started."""
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"http://127.0.0.1:{self.port}/metrics", timeout=10)).text
        name = f'afterword_webhook_calls_total{{hook="{hook}",outcome="{outcome}"}} '
        return next((int(float(line.removeprefix(name))) for line in text.splitlines() if line.startswith(name)), 0)

    async def until_counted(self, hook: str, outcome: str, n: int) -> None:
        await until(lambda: self._has_counted(hook, outcome, n))

    async def parked(self) -> int:
        """Return how many calls are parked."""
        connection = await aio_pika.connect(self.rabbitmq)
        async with connection, connection.channel() as channel:
            return await depth(channel, topology.parking_of(QUEUE))

    async def _has_counted(self, hook: str, outcome: str, n: int) -> bool:
        return await self.counted(hook, outcome) >= n

    async def _ready(self) -> bool:
        try:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"http://127.0.0.1:{self.port}/health/ready", timeout=5)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK


def an_entry(name: str, receiver: Receiver, more: str = "") -> str:
    """Return the policy's entry for a receiver on this machine."""
    return (
        f"[[webhooks]]\nname = '{name}'\nurl = '{receiver.url}'\nallow = ['127.0.0.1/32']\n"
        f"ports = [{receiver.port}]\n{more}\n"
    )


async def until(right: Callable[[], Awaitable[bool]]) -> None:
    await eventually(right, PATIENCE_S)


async def hits(receiver: Receiver, n: int) -> None:
    """Wait until a receiver has answered so many calls."""

    async def enough() -> bool:
        return len(receiver.hits) >= n

    await until(enough)
