"""The broker over AMQP: whether it is there, lets us in, is new enough, and has what the rooms need."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from aio_pika.abc import AbstractConnection
from aiormq.exceptions import ChannelAccessRefused

from deploy.operate import checking
from deploy.operate.doctor.finding import Finding, failed, of, ok, warning
from shared.messaging.nodes import UNREACHABLE, connect, nodes, place
from shared.messaging.trouble import anew, broker_trouble, vhost_of
from shared.trouble import said

CHECK, TOPOLOGY = "broker", "topology"
OLDEST = (3, 10)
"""The first version whose queues dead-letter at least once."""
CONNECT_S = 5


async def check(url: str) -> list[Finding]:
    """Return what is found with this login on every node, and on the first that lives, what is there."""
    findings: list[Finding] = []
    compared: list[Finding] = []
    for node in nodes(url):
        where = f"RabbitMQ at {place(node)}"
        try:
            async with await connect([node], seconds=CONNECT_S, name="afterword.doctor") as connection:
                findings += _version(connection, where, node)
                compared = compared or await _topology(connection, where)
        except UNREACHABLE as error:
            findings.append(of(CHECK, broker_trouble(error, node)))
    return findings + compared


def _version(connection: AbstractConnection, where: str, url: str) -> list[Finding]:
    told = connection.transport.connection.server_properties if connection.transport else {}
    version = str(told.get("version", "?"))
    if numbers(version) < OLDEST:
        return [failed(CHECK, f"is version {version}", where, f"upgrade it to {OLDEST[0]}.{OLDEST[1]} or newer")]
    return [ok(CHECK, f"version {version} lets {_user(url)} into {vhost_of(url)!r}", where)]


def numbers(version: str) -> tuple[int, int]:
    """Return major and minor of a version; zeros when it has none."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _user(url: str) -> str:
    return unquote(urlsplit(url).username or "guest")


async def _topology(connection: AbstractConnection, where: str) -> list[Finding]:
    """Compare exchanges and queues; a user that may declare nothing can only see whether they are there."""
    try:
        faults = await checking.check(connection)
    except ChannelAccessRefused as error:
        what = f"was not compared, this user may not: {said(error)}"
        return [warning(TOPOLOGY, what, where, "`afterword topology check` with an administrator's login")]
    lacking = [fault.name for fault in faults if fault.is_missing]
    findings = [_wrong(fault, where) for fault in faults if not fault.is_missing]
    if lacking:
        findings.append(failed(TOPOLOGY, f"{some(lacking)} missing", where, "`afterword topology apply`"))
    return findings or [ok(TOPOLOGY, "every exchange and queue is there, with its settings", where)]


def some(names: Sequence[str]) -> str:
    """Return one name, or the first and how many more, with the verb."""
    return f"{names[0]} is" if len(names) == 1 else f"{names[0]} and {len(names) - 1} others are"


def _wrong(fault: checking.Fault, where: str) -> Finding:
    return failed(TOPOLOGY, f"the {fault.kind} {fault.name} {fault.what}", where, anew(fault.kind, fault.name))
