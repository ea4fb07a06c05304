"""Which port a server listens on: the one that was asked for, the one it had before, or any free one."""

from __future__ import annotations

import os
import random
import socket
import threading

from deploy.local.errors import LocalError
from deploy.local.memory import Memory

HOST = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections (Linux 32768, macOS 49152): a port that is
# free while we look is then still free seconds later, when a slow server begins to listen on it.
RANGE = (20000, 31999)
TRIES = 200

_handed_out: set[int] = set()
_lock = threading.Lock()


def is_free(port: int) -> bool:
    """Tell whether nobody listens on the port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections may still linger on it
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a free port that this process was not given before.

    Raises: LocalError when none is found.
    """
    with _lock:
        for _ in range(TRIES):
            port = random.randint(*RANGE)  # noqa: S311 - nothing secret in it
            if port not in _handed_out and is_free(port):
                _handed_out.add(port)
                return port
    msg = f"no free port found between {RANGE[0]} and {RANGE[1]} on {HOST}"
    raise LocalError(msg)


def port_for(name: str, memory: Memory) -> int:
    """Return the port of a server: `AFTERWORD_<NAME>_PORT`, else the one it had the last time if it is free, else any.

    Raises: LocalError when the wanted port is in use or no port.
    """
    variable = f"AFTERWORD_{name.upper()}_PORT"
    wanted = os.environ.get(variable)
    if wanted:
        return _wanted(variable, wanted)
    key = f"port.{name}"
    before = memory.get(key)
    if isinstance(before, int) and before not in _handed_out and is_free(before):
        return before
    port = free_port()
    memory.put(key, port)
    return port


def _wanted(variable: str, value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 2**16:
        msg = f"{variable}={value} is no port: give a number from 1 to 65535"
        raise LocalError(msg)
    if not is_free(int(value)):
        msg = f"port {value} is in use: set {variable} to another one or unset it"
        raise LocalError(msg)
    return int(value)
