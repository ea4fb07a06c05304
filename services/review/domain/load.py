"""How much of the community's work is somebody's. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """Reviews that wait for somebody, and those that they were asked for lately."""

    open: int = 0
    recent: int = 0
