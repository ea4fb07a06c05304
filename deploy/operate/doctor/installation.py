"""What is to be looked at: the settings of each room, from the environment or from the stack that runs here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import rooms, stack
from deploy.local.site import Site
from deploy.operate.broker import MANAGEMENT, RABBITMQ, setting
from shared.settings import PREFIX


@dataclass(frozen=True)
class Installation:
    """The environment of each room, the broker's management page, and the folder of a stack on this machine."""

    environments: Mapping[str, Mapping[str, str]]
    management_url: str | None
    folder: Path | None = None


def find(wanted: Sequence[str]) -> Installation:
    """Return the installation that the environment names, else the stack that runs here.

    With neither it is the environment: what is missing there is then found.
    """
    is_named = any(name in os.environ for name in (RABBITMQ, f"{RABBITMQ}_FILE"))
    found = None if is_named else stack.status()
    if found is None:
        ours = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
        return Installation(dict.fromkeys(wanted, ours), setting(MANAGEMENT))
    site = Site()
    plans = rooms.planned(site)
    environments = {room: plans[room].env for room in wanted}
    return Installation(environments, found.run.rabbitmq_management_url, site.root)


@contextmanager
def environment(given: Mapping[str, str]) -> Iterator[None]:
    """Let a block read these settings and no others of this process."""
    before = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    _replaced(before, given)
    try:
        yield
    finally:
        _replaced(given, before)


def _replaced(old: Mapping[str, str], new: Mapping[str, str]) -> None:
    for name in old:
        os.environ.pop(name, None)
    os.environ.update(new)
