"""How much of the community's work is somebody's. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """Reviews that wait for somebody, those that they were asked for lately, and those that they have done.

    Done is a review in which they gave a verdict, and whose postmortem was published.
    """

    open: int = 0
    recent: int = 0
    done: int = 0
