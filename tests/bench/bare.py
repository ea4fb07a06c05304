"""The floor for the front door: a FastAPI route that checks nothing and does one confirmed publish of the body.

`python -m tests.bench.bare AMQP_URL PORT`; run as the rooms are, to a quorum queue of its own.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
from fastapi import FastAPI, Request

from shared.messaging.service import serve
from tests.bench.posting import PATH

QUEUE = "bench.bare"
HOST = "127.0.0.1"


def bare(amqp_url: str) -> FastAPI:
    """Return the application."""

    @asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
            await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
            app.state.exchange = channel.default_exchange
            yield

    app = FastAPI(lifespan=connected)

    @app.post(PATH, status_code=202)
    async def take(request: Request) -> dict[str, str]:
        message = aio_pika.Message(await request.body(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await app.state.exchange.publish(message, routing_key=QUEUE, mandatory=True)
        return {"status": "accepted"}

    return app


if __name__ == "__main__":
    serve(bare(sys.argv[1]), HOST, int(sys.argv[2]))
