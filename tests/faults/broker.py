"""What an operator, or fate, can do to a broker of our own: kill, freeze, stop, close, alarm, delete."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import psutil

from deploy.local import rabbitmq, rabbitmq_node
from deploy.local.errors import LocalError
from deploy.local.ports import is_free
from deploy.local.processes import Process
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.rabbitmq_node import NODE, Ports
from deploy.local.site import Site
from deploy.local.waiting import NotYet, wait_until

PATIENCE_S = 60.0
ALARMED, USUAL = "0.0000001", "0.4"
"""How much of the machine's memory the broker may take before it lets nobody publish."""


class BrokerControl:
    """Steers the native node that `deploy.local.rabbitmq` started on `site`; the node keeps its address and its data.

    Every method blocks and may be called from any thread; those that wait raise LocalError when time is up.
    """

    def __init__(self, site: Site, broker: RabbitMQ) -> None:
        self._site = site
        self._parts = urlsplit(broker.url)
        self._management = broker.management_url or ""

    def kill(self) -> None:
        """Kill the node without warning."""
        rabbitmq.stop(self._site, fast=True)

    def start(self) -> None:
        """Start a killed node with what was on its disk; returns when it answers, maybe before it has every queue."""
        account = f"{self._parts.username}:{self._parts.password}"
        amqp, management = self._parts.port or 0, urlsplit(self._management).port or 0
        self._until(lambda: _let_go(amqp, management), "the ports of the dead RabbitMQ")
        ports = Ports(amqp, management, self._site.port("rabbitmq_dist"), self._site.port("rabbitmq_epmd"))
        process = rabbitmq_node.start(self._site, rabbitmq.NAME, ports, account)
        self._until(self._listens, "RabbitMQ", process)

    def stop_app(self) -> None:
        """Stop the broker in its node, as an upgrade of a plugin would: every connection is closed."""
        self._evaluate("rabbit:stop()")

    def start_app(self) -> None:
        """Start the broker in its node again; returns when it answers."""
        self._evaluate("rabbit:start()")
        self._until(self._listens, "RabbitMQ")

    def close_connections(self) -> None:
        """Close every client's connection, as an operator may."""
        self._evaluate('rabbit_networking:close_connections(rabbit_networking:connections(), "closed by an operator")')

    def memory_alarm(self) -> None:
        """Take the node for short of memory: whoever publishes is not read any more."""
        self._watermark(ALARMED)

    def end_alarm(self) -> None:
        """End the memory alarm."""
        self._watermark(USUAL)

    def delete_queue(self, name: str) -> None:
        """Delete a queue with all that is in it, whoever hears it, even one that is somebody's alone."""
        vhost = unquote(self._parts.path[1:]) or "/"
        found = f'rabbit_amqqueue:lookup(rabbit_misc:r(<<"{vhost}">>, queue, <<"{name}">>))'
        self._evaluate(f'{{ok, Queue}} = {found}, rabbit_amqqueue:delete(Queue, false, false, <<"an operator">>)')

    def freeze(self) -> None:
        """Stop the node from doing anything, with its connections open."""
        self._beam().suspend()

    def thaw(self) -> None:
        """Let a frozen node go on."""
        self._beam().resume()

    def _watermark(self, part: str) -> None:
        self._evaluate(f"vm_memory_monitor:set_vm_memory_high_watermark({part})")

    def _evaluate(self, expression: str) -> None:
        """Have the node evaluate something. Erlang's own small caller takes milliseconds, rabbitmqctl seconds."""
        env: dict[str, str] = self._leader().environ()  # its name server, its home, the way to Erlang
        cookie = Path(env["HOME"], ".erlang.cookie").read_text()
        command = ["erl_call", "-sname", NODE, "-c", cookie, "-timeout", str(int(PATIENCE_S)), "-e"]
        done = subprocess.run(command, input=f"{expression}.\n", env=env, check=True, capture_output=True, text=True)
        if not done.stdout.startswith("{ok,"):
            msg = f"{expression}: {done.stdout}{done.stderr}"
            raise LocalError(msg)

    def _leader(self) -> psutil.Process:
        started = self._site.ledger.entries()[rabbitmq.NAME]
        assert isinstance(started, Process)
        return psutil.Process(started.pid)

    def _beam(self) -> psutil.Process:
        """Erlang's machine: the script that started it takes no part."""
        family = [self._leader(), *self._leader().children(recursive=True)]
        return next(each for each in family if each.name().startswith("beam"))

    def _listens(self) -> None:
        check = f"{self._management}/api/health/checks/port-listener/{self._parts.port}"
        httpx.get(check, timeout=10).raise_for_status()

    def _until(self, check: Callable[[], None], what: str, started: Process | None = None) -> None:
        log = self._site.log(rabbitmq.NAME)
        wait_until(check, what=what, seconds=PATIENCE_S, retry=(httpx.HTTPError,), started=started, log=log)


def _let_go(*ports: int) -> None:
    """See whether the connections of a dead node have let go of its ports."""
    if not all(is_free(port) for port in ports):
        raise NotYet("in use")
