"""The process that reads the log for a rebuild: what it hands over, and how either of the two ends."""

from __future__ import annotations

import asyncio
import sys

import aio_pika
import psutil
import pytest

from deploy.local.errors import LocalError
from deploy.operate.broker import Broker
from deploy.operate.log import end_of
from deploy.operate.log_parts import AT_ONCE, Entry, parts
from deploy.operate.log_process import parts_beside
from tests.integration.kernel_room import eventually
from tests.integration.told import tell_many

SAID = 3 * AT_ONCE


def readers() -> list[psutil.Process]:
    """The processes that read a log for this one; what others have ended and nobody has asked after is none."""
    alive = [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]
    return [each for each in alive if "deploy.operate.log_process" in each.cmdline()]


async def test_it_hands_over_what_stands_in_the_log_in_order(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str
) -> None:
    ids = await tell_many(rabbitmq_url, SAID)
    end = await end_of(connection)
    found = [entry async for part in parts_beside(Broker(rabbitmq_url), 5, end - 5) for entry in part]
    assert [entry.place for entry in found] == list(range(5, end - 5))
    assert found == [Entry.of(message) async for part in parts(connection, 5, end - 5) for message in part]
    assert {entry.id for entry in found} <= set(ids)
    assert readers() == []


async def test_it_ends_with_whoever_has_read_enough(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str
) -> None:
    await tell_many(rabbitmq_url, SAID)
    reading = parts_beside(Broker(rabbitmq_url), 0, await end_of(connection))
    assert (await anext(reading))[0].place == 0
    assert len(readers()) == 1
    await reading.aclose()
    assert readers() == []


async def test_nothing_to_be_read_needs_no_process(rabbitmq_url: str) -> None:
    assert [part async for part in parts_beside(Broker(rabbitmq_url), 7, 7)] == []


async def test_when_it_is_killed_that_is_said(connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str) -> None:
    await tell_many(rabbitmq_url, SAID)
    reading = parts_beside(Broker(rabbitmq_url), 0, await end_of(connection) + SAID)
    await anext(reading)
    readers()[0].kill()
    with pytest.raises(LocalError, match=r"the process that reads the log was ended \(-9\): run this again"):
        async for _ in reading:
            pass


async def test_what_it_cannot_do_is_said_as_if_it_were_done_here(rabbitmq_url: str) -> None:
    with pytest.raises(LocalError, match=r"cannot log in to RabbitMQ at 127\.0\.0\.1:1"):
        await anext(parts_beside(Broker("amqp://guest:guest@127.0.0.1:1/"), 0, 10))
    assert readers() == []


async def test_the_password_stands_in_no_command_line(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str
) -> None:
    await tell_many(rabbitmq_url, SAID)
    reading = parts_beside(Broker(rabbitmq_url), 0, await end_of(connection))
    await anext(reading)
    assert not any("amqp" in word for word in readers()[0].cmdline())
    await reading.aclose()


async def test_when_whoever_asked_is_killed_it_ends_by_itself(
    connection: aio_pika.abc.AbstractConnection, rabbitmq_url: str
) -> None:
    await tell_many(rabbitmq_url, SAID)
    asking = (
        "import asyncio; from deploy.operate.broker import Broker; from deploy.operate import log_process\n"
        "async def ask():\n"
        f"  reading = log_process.parts_beside(Broker({rabbitmq_url!r}), 0, {await end_of(connection)})\n"
        "  await anext(reading); print('begun', flush=True); await asyncio.sleep(600)\n"
        "asyncio.run(ask())"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", asking, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    reader = psutil.Process(process.pid).children()[0]
    process.kill()
    await process.wait()
    await eventually(lambda: _gone(reader))


async def _gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
