"""Gateways as processes on a test's own broker and database: to be killed, told to stop, and started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import httpx

from deploy.local import rooms
from deploy.local.ports import HOST
from deploy.local.site import REPOSITORY

KEY = "a key of a test's own"
PERSON = "engineer@example.com"
AUTH = {"Authorization": f"Bearer {KEY}"}
START_S = 60


def _free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass
class Gateway:
    """One gateway; its address stays when it is started again."""

    rabbitmq_url: str
    mongo_url: str
    database: str
    log: Path
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        """Start it; return when it is ready. Raises: TimeoutError."""
        self.process = self._spawned()
        async with asyncio.timeout(START_S), httpx.AsyncClient() as client:
            while not await self._ready(client):
                await asyncio.sleep(0.05)

    def _spawned(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "services.gateway.app"]
            return subprocess.Popen(command, env=self._env(), cwd=REPOSITORY, stdout=log, stderr=log)

    async def _ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/health/ready", timeout=5)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    async def end(self, how: signal.Signals = signal.SIGKILL, seconds: float = 30) -> int:
        """Send a signal, return its exit status when it is gone. Raises: TimeoutExpired."""
        assert self.process
        self.process.send_signal(how)
        return await asyncio.to_thread(self.process.wait, seconds)

    def stop(self) -> None:
        """Leave nothing behind."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _env(self) -> dict[str, str]:
        key = {"key_sha256": sha256(KEY.encode()).hexdigest(), "email": PERSON, "name": "E", "role": "engineer"}
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AFTERWORD_")},
            "AFTERWORD_RABBITMQ_URL": self.rabbitmq_url,
            "AFTERWORD_MONGO_URL": self.mongo_url,
            "AFTERWORD_DATABASE": self.database,
            "AFTERWORD_POLICY": str(rooms.policy()),
            "AFTERWORD_SECRET_KEY": "a secret key for tests, long enough",
            "AFTERWORD_API_KEYS": json.dumps([key]),
            "AFTERWORD_HTTP_HOST": HOST,
            "AFTERWORD_HTTP_PORT": str(self.port),
        }
