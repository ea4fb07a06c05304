"""Dramatiq: its broker with quorum queues, confirmed and persistent publishing, the middleware that it comes with."""

from __future__ import annotations

import json
from typing import Any

import dramatiq
import pika
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from shared.messaging import topology
from tests.bench.peers import work
from tests.bench.ways import SAID
from tests.bench.workplace import tick, workplace

PERSISTENT = pika.BasicProperties(delivery_mode=2, content_type="application/json")


class QuorumBroker(RabbitmqBroker):
    """The library's broker on quorum queues, which it has no setting for."""

    def _build_queue_arguments(self, queue_name: str) -> dict[str, Any]:
        return {**super()._build_queue_arguments(queue_name), "x-queue-type": "quorum"}


broker = QuorumBroker(url=workplace().rabbitmq_url, confirm_delivery=True)
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="bench.dramatiq")
def handle(event: work.Event) -> None:
    """Count, say, tick; the library acknowledges when this returns."""
    work.count(event)
    broker.channel.basic_publish(topology.EVENTS, SAID, json.dumps(work.answer(event)).encode(), PERSISTENT)
    tick()


def fill() -> None:
    """Put what the command line asks for into the queue."""
    for event in work.heard():
        handle.send(event)


if __name__ == "__main__":
    fill()
