"""An own RabbitMQ node on this machine: own name server, ports, cookie and data; it never meets a node beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import rabbitmq_program
from deploy.local.errors import LocalError
from deploy.local.files import write_private
from deploy.local.ports import HOST
from deploy.local.processes import Process, caller_environment, spawn
from deploy.local.rabbitmq_program import Program
from deploy.local.site import Site

EPMD = "rabbitmq-epmd"
NODE = "afterword@localhost"  # with a name server of its own, the same name may run in many folders


@dataclass(frozen=True)
class Ports:
    """Where the node listens."""

    amqp: int
    management: int
    distribution: int
    epmd: int


@dataclass(frozen=True)
class Node:
    """A node: its folder, its name, the address where it listens, and the ports there for clients and operators."""

    folder: Path
    name: str
    host: str
    amqp: int
    management: int


def start(site: Site, name: str, ports: Ports, account: str) -> Process:
    """Start the node (and Erlang's name server for it) and return at once.

    Raises: LocalError when RabbitMQ is not there and cannot be had.
    """
    program = rabbitmq_program.find_or_install(site.tools)
    folder = site.data / "rabbitmq"
    _refuse_blanks(folder, program.server)
    node = Node(folder, NODE, HOST, ports.amqp, ports.management)
    write_files(node, account, "collect_statistics_interval = 1000")
    env = environment(node, program, _to_itself(ports))
    # Erlang would start this one by itself as a daemon that nobody stops; ours is a process like the others
    epmd = spawn(
        EPMD, [str(program.epmd), "-port", str(ports.epmd), "-address", HOST], log=site.log(EPMD), env=env, cwd=folder
    )
    site.ledger.add(epmd)
    process = spawn(name, [str(program.server)], log=site.log(name), env=env, cwd=folder)
    site.ledger.add(process)
    return process


def _refuse_blanks(*paths: Path) -> None:
    for path in paths:
        if " " in str(path):
            msg = f"RabbitMQ's scripts fail in a path with blanks ({path}): name another folder in AFTERWORD_LOCAL"
            raise LocalError(msg)


NO_WAITING = "+sbwt none +sbwtdcpu none +sbwtdio none"
"""Erlang's threads sleep when they have nothing to do, and do not look for work in a loop before: others want the core.
Newer versions of RabbitMQ do it by themselves."""


def _to_itself(ports: Ports) -> dict[str, str]:
    """What keeps a node apart from all others on this machine."""
    return {
        "ERL_EPMD_PORT": str(ports.epmd),
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{127,0,0,1}} {NO_WAITING}",
    }


def write_files(node: Node, account: str, *more: str) -> None:
    """Write what a node reads when it starts; `account` is name:password of its administrator, `more` are settings."""
    user, _, password = account.partition(":")
    node.folder.mkdir(parents=True, exist_ok=True)
    (node.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
    (node.folder / "env.conf").write_text("")  # its being there keeps the machine's own /etc/rabbitmq out
    settings = (
        f"listeners.tcp.default = {node.host}:{node.amqp}",
        f"management.tcp.ip = {node.host}",
        f"management.tcp.port = {node.management}",
        f"default_user = {user}",
        f"default_pass = {password}",
        *more,
        "log.console = true",
        "log.console.level = warning",
        "log.file = false",
    )
    write_private(node.folder / "rabbitmq.conf", "\n".join(settings) + "\n")


def environment(node: Node, program: Program, more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which a node starts; nothing of the machine's own configuration is in it."""
    folder, inherited = node.folder, caller_environment("RABBITMQ_", "ERL_", "AFTERWORD_", "NOTIFY_SOCKET")
    return {
        **inherited,
        "PATH": ":".join((*program.path, inherited.get("PATH", "/usr/bin:/bin"))),
        **program.env,
        "TERM": "dumb",  # no colours in the log
        "HOME": str(folder),  # the cookie is kept there
        "ERL_EPMD_ADDRESS": node.host,
        "RABBITMQ_NODENAME": node.name,
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
        **more,
    }
