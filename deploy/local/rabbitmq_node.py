"""An own RabbitMQ node on this machine: own name server, ports, cookie and data; it never meets a node beside it."""

from __future__ import annotations

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


def start(site: Site, name: str, ports: Ports, account: str) -> Process:
    """Start the node (and Erlang's name server for it) and return at once.

    Raises: LocalError when RabbitMQ is not there and cannot be had.
    """
    program = rabbitmq_program.find_or_install(site.tools)
    folder = site.data / "rabbitmq"
    _refuse_blanks(folder, program.server)
    _write_files(folder, ports, account)
    env = _environment(folder, ports, program)
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


def _write_files(folder: Path, ports: Ports, account: str) -> None:
    user, _, password = account.partition(":")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
    (folder / "env.conf").write_text("")  # its being there keeps the machine's own /etc/rabbitmq out
    write_private(
        folder / "rabbitmq.conf",
        "\n".join(
            (
                f"listeners.tcp.default = {HOST}:{ports.amqp}",
                f"management.tcp.ip = {HOST}",
                f"management.tcp.port = {ports.management}",
                f"default_user = {user}",
                f"default_pass = {password}",
                "collect_statistics_interval = 1000",
                "log.console = true",
                "log.console.level = warning",
                "log.file = false",
                "",
            )
        ),
    )


def _environment(folder: Path, ports: Ports, program: Program) -> dict[str, str]:
    inherited = caller_environment("RABBITMQ_", "ERL_", "AFTERWORD_", "NOTIFY_SOCKET")
    return {
        **inherited,
        "PATH": ":".join((*program.path, inherited.get("PATH", "/usr/bin:/bin"))),
        **program.env,
        "TERM": "dumb",  # no colours in the log
        "HOME": str(folder),  # the cookie is kept there
        "ERL_EPMD_PORT": str(ports.epmd),
        "ERL_EPMD_ADDRESS": HOST,
        "RABBITMQ_NODENAME": NODE,
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
    }
