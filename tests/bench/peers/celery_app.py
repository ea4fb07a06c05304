"""Celery: quorum queue, late acknowledgement, confirmed and persistent publishing; see its pages on quorum queues."""

from __future__ import annotations

from celery import Celery

from shared.messaging import topology
from tests.bench.peers import work
from tests.bench.ways import SAID
from tests.bench.workplace import tick, workplace

app = Celery("bench", broker=workplace().rabbitmq_url)
app.conf.update(
    task_default_queue="bench.celery",
    task_default_queue_type="quorum",
    task_acks_late=True,
    task_ignore_result=True,
    broker_transport_options={"confirm_publish": True},
    broker_pool_limit=20,  # a thread each need not wait for another's connection
    worker_enable_remote_control=False,
)


@app.task(name="handle")
def handle(event: work.Event) -> None:
    """Count, say, tick; the library acknowledges when this returns."""
    work.count(event)
    with app.producer_pool.acquire(block=True) as producer:
        producer.publish(work.answer(event), exchange=topology.EVENTS, routing_key=SAID, delivery_mode=2)
    tick()


def fill() -> None:
    """Put what the command line asks for into the queue."""
    with app.producer_pool.acquire(block=True) as producer:
        for event in work.heard():
            handle.apply_async((event,), producer=producer)


if __name__ == "__main__":
    fill()
