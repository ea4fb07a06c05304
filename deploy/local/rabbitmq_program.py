"""Where RabbitMQ's program is on this machine, and how it comes there when it is not."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import debian
from deploy.local.errors import LocalError
from deploy.local.files import locked

# Debian's command in /usr/sbin insists on the rabbitmq account; the script behind it does not
DEBIAN = Path("usr/lib/rabbitmq/bin/rabbitmq-server")
ERLANG = Path("usr/lib/erlang")
HOMEBREW = "/opt/homebrew/sbin:/opt/homebrew/bin:/usr/local/sbin:/usr/local/bin"
MISSING = (
    "RabbitMQ is not installed on this machine. Install it ({how}), or start Docker, or name a running broker "
    "in AFTERWORD_RABBITMQ_URL; then run the same command again."
)
HOW = {"Darwin": "`brew install rabbitmq`"}


@dataclass(frozen=True)
class Program:
    """The server's script, Erlang's name server, and what must come first in PATH and into the environment."""

    server: Path
    epmd: Path
    path: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


def find_or_install(tools: Path) -> Program:
    """Return RabbitMQ's program; on Debian and Ubuntu it is installed when it is missing.

    Raises: LocalError with the command that installs it.
    """
    found = find(tools)
    if found:
        return found
    with locked(tools / "lock"):
        return find(tools) or _install(tools)  # another stack may have installed it while we waited


def find(tools: Path) -> Program | None:
    """Return the installed program, else the one that was unpacked into `tools`, else None."""
    return _installed() or _unpacked(tools)


def _installed() -> Program | None:
    server = Path("/") / DEBIAN
    search = f"{os.environ.get('PATH', '')}:{HOMEBREW}"
    named = shutil.which("rabbitmq-server", path=search)
    if not server.exists() and named:
        server = Path(named)
    erl = shutil.which("erl", path=search)
    if not server.exists() or not erl:
        return None
    epmd = shutil.which("epmd", path=search) or Path(erl).resolve().parent / "epmd"
    return Program(server, Path(epmd), (str(Path(erl).parent),))


def _unpacked(tools: Path) -> Program | None:
    root = tools / "rabbitmq"
    server, erlang = root / DEBIAN, root / ERLANG / "bin"
    if not server.exists():
        return None
    libraries = ":".join(str(path.parent) for path in sorted(root.glob("usr/lib/*-linux-gnu*/lib*.so*")))
    env = {"LD_LIBRARY_PATH": libraries} if libraries else {}
    if (erlang / "erl").exists():
        return Program(server, erlang / "epmd", (str(erlang),), env)
    return Program(server, Path(shutil.which("epmd") or "epmd"), (), {**env, "ERL_LIBS": str(root / ERLANG / "lib")})


def _install(tools: Path) -> Program:
    if not shutil.which("apt-get"):
        raise LocalError(MISSING.format(how=HOW.get(platform.system(), "the package `rabbitmq-server`")))
    if os.geteuid() == 0:
        debian.install("rabbitmq-server")
    else:
        _unpack(tools)
    found = find(tools)
    if found is None:
        raise LocalError(MISSING.format(how="`apt-get install rabbitmq-server`"))
    return found


def _unpack(tools: Path) -> None:
    """Fetch the packages without installing them, for accounts that may not install."""
    half = tools / "rabbitmq.half"
    shutil.rmtree(half, ignore_errors=True)
    debian.unpack("rabbitmq-server", half)
    final = tools / "rabbitmq"
    for script in (*half.glob(f"{ERLANG}/bin/*"), *half.glob(f"{ERLANG}/erts-*/bin/*")):
        _move(script, final / ERLANG)
    half.replace(final)


def _move(script: Path, home: Path) -> None:
    """Tell one of Erlang's start scripts where Erlang lies; Debian's are fixed to /usr/lib/erlang."""
    content = script.read_bytes()
    if content.startswith(b"#!"):
        script.write_bytes(content.replace(b"/usr/lib/erlang", str(home).encode()))
