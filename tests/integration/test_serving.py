"""A service as it is served: what a stranger says about where it comes from reaches no application as a fact."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from deploy.local.ports import HOST, free_port
from tests.integration.kernel_room import eventually

PROGRAM = """
import sys
from shared.messaging.service import serve

async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["client"][0].encode()})

serve(app, "127.0.0.1", int(sys.argv[1]))
"""


@pytest.fixture
def served() -> Iterator[str]:
    """The address of a process that serves an application which answers who asks."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)]) as process:
        yield f"http://{HOST}:{port}"
        process.terminate()


async def test_x_forwarded_for_does_not_change_the_peer(served: str) -> None:
    async with httpx.AsyncClient(base_url=served) as client:

        async def answers() -> bool:
            try:
                return (await client.get("/")).status_code == 200
            except httpx.ConnectError:
                return False

        await eventually(answers, timeout=60)
        answer = await client.get("/", headers={"X-Forwarded-For": "203.0.113.7"})
    assert answer.text == "127.0.0.1"
