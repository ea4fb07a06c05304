"""The broker as its management page tells of it: alarms, features, bindings, rights, and what waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpx

from deploy.operate import checking
from deploy.operate.broker import MANAGEMENT, Broker
from deploy.operate.doctor import clock_check
from deploy.operate.doctor.finding import Finding, failed, of, ok, warning
from deploy.operate.doctor.rights_check import missing
from deploy.operate.doctor.settings_check import Known
from shared.clock import SystemClock
from shared.messaging.nodes import place
from shared.messaging.trouble import RIGHTS, vhost_of
from shared.trouble import line_trouble, said

CHECK, ALARMS, USERS, PARKED = "management", "alarms", "permissions", "parked"
NEEDED = ("quorum_queue", "stream_queue")
UNSEEN = "alarms, bindings, permissions, and what is parked were not looked at"
Rows = list[dict[str, Any]]


async def check(management_url: str | None, known: Known) -> list[Finding]:
    """Return what the page tells, and of each room whether its user may do what the room does."""
    if management_url is None:
        return [warning(CHECK, UNSEEN, help=f"set {MANAGEMENT}=http://user:password@host:15672")]
    where = f"RabbitMQ's management page at {place(management_url)}"
    try:
        async with httpx.AsyncClient(base_url=management_url, timeout=5) as client:
            asked = SystemClock().now()
            answer = (await client.get("/api/nodes")).raise_for_status()
            findings = clock_check.http_date(where, asked, answer.headers.get("Date"), SystemClock().now())
            findings += [*nodes(answer.json()), *features(await _rows(client, "/api/feature-flags"))]
            return findings + await _of_rooms(client, management_url, known)
    except httpx.HTTPStatusError as error:
        return [_refused(error, where)]
    except httpx.HTTPError as error:
        trouble = line_trouble(where, error, MANAGEMENT)
        return [of(CHECK, trouble) if trouble else failed(CHECK, said(error), where, f"see {MANAGEMENT}")]


def _refused(error: httpx.HTTPStatusError, where: str) -> Finding:
    what = f"answers {error.response.status_code} to {error.request.url.path}"
    if error.response.status_code == httpx.codes.NOT_FOUND:
        return failed(CHECK, what, where, "the virtual host in the rooms' address of RabbitMQ is not there")
    help = f"a user with the tag `monitoring` in {MANAGEMENT}: `rabbitmqctl set_user_tags USER monitoring`"
    return failed(CHECK, what, where, help)


def nodes(told: Rows) -> list[Finding]:
    """Return which nodes are down, apart from others, or in alarm."""
    found = [each for node in told for each in _node(node)]
    return found or [ok(ALARMS, f"none, on {len(told)} node{'s' * (len(told) > 1)}")]


def _node(node: Mapping[str, Any]) -> Iterable[Finding]:
    where = f"node {node['name']}"
    if not node.get("running", True):
        yield failed(ALARMS, "does not run", where, "`systemctl start rabbitmq-server` there")
        return
    if node.get("disk_free_alarm"):
        what = f"disk alarm: {_mb(node['disk_free'])} free, {_mb(node['disk_free_limit'])} wanted; it takes no messages"
        yield failed(ALARMS, what, where, "make room on its disk, or `rabbitmqctl set_disk_free_limit SIZE`")
    if node.get("mem_alarm"):
        what = f"memory alarm: {_mb(node['mem_used'])} used of {_mb(node['mem_limit'])}; it takes no messages"
        help = "`rabbitmq-diagnostics memory_breakdown`, or `rabbitmqctl set_vm_memory_high_watermark FRACTION`"
        yield failed(ALARMS, what, where, help)
    if node.get("partitions"):
        what = f"is apart from {', '.join(node['partitions'])}"
        yield failed(ALARMS, what, where, "mend the network, then `rabbitmqctl stop_app` and `start_app` there")


def features(told: Rows) -> list[Finding]:
    """Return which features are off; what a newer version has always on, it does not list."""
    off = sorted(each["name"] for each in told if each["state"] != "enabled" and each["stability"] in ("stable", ""))
    help = "`rabbitmqctl enable_feature_flag all`, when all nodes have the same version"
    if lacking := [name for name in off if name in NEEDED]:
        return [failed(CHECK, f"feature flags are off that the queues need: {', '.join(lacking)}", help=help)]
    return [warning(CHECK, f"feature flags are off: {', '.join(off)}", help=help)] if off else []


async def _of_rooms(client: httpx.AsyncClient, management_url: str, known: Known) -> list[Finding]:
    urls = {room: settings.rabbitmq_url.get_secret_value() for room, settings in known.items()}
    findings = [each for room, url in urls.items() for each in await _rights(client, room, url, known)]
    for url in {vhost_of(url): url for url in urls.values()}.values():
        findings += await _unbound(url, management_url)
        findings += await _waiting(client, vhost_of(url))
    return findings


async def _rights(client: httpx.AsyncClient, room: str, url: str, known: Known) -> list[Finding]:
    user, vhost = unquote(urlsplit(url).username or "guest"), vhost_of(url)
    where = f"user {user} in {vhost!r}"
    path = f"{quote(vhost, safe='')}/{quote(user, safe='')}"
    answer = await client.get(f"/api/permissions/{path}")
    if answer.status_code == httpx.codes.NOT_FOUND:
        help = f"{RIGHTS} `rabbitmqctl set_permissions -p {vhost} {user} CONFIGURE WRITE READ`"
        return [failed(USERS, f"{room} may do nothing", where, help)]
    topics = await client.get(f"/api/topic-permissions/{path}")
    rows = topics.json() if topics.is_success else []
    given = answer.raise_for_status().json()
    lines = list(missing(room, given, rows, declares=known[room].declare_topology))
    help = f"{RIGHTS} `rabbitmqctl set_permissions -p {vhost} {user} CONFIGURE WRITE READ`"
    return [failed(USERS, f"{room} {line}", where, help) for line in lines] or [ok(USERS, f"{room} may do its", where)]


async def _unbound(url: str, management_url: str) -> list[Finding]:
    unbound = await asyncio.to_thread(checking.unbound, Broker(url, management_url))
    if not unbound:
        return []
    more = f", and {len(unbound) - 1} others" if len(unbound) > 1 else ""
    what = f"{unbound[0].queue} hears no {unbound[0].key} of {unbound[0].exchange}{more}"
    return [failed("topology", what, f"virtual host {vhost_of(url)!r}", "`afterword topology apply`")]


async def _waiting(client: httpx.AsyncClient, vhost: str) -> list[Finding]:
    rows = await _rows(client, f"/api/queues/{quote(vhost, safe='')}?columns=name,messages")
    parked = {
        row["name"]: row["messages"] for row in rows if row["name"].startswith("parking.") and row.get("messages")
    }
    if not parked:
        return [ok(PARKED, "nothing")]
    most = max(parked, key=lambda name: parked[name])
    return [
        warning(
            PARKED, f"{sum(parked.values())} messages wait for a human, most in {most}", help="`afterword parked list`"
        )
    ]


async def _rows(client: httpx.AsyncClient, path: str) -> Rows:
    found: Rows = (await client.get(path)).raise_for_status().json()
    return found


def _mb(n: int) -> str:
    return f"{n / 2**20:,.0f} MB"
