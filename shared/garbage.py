"""How often Python looks for what only itself refers to.

By its default it looks after 700 new objects. Loading a room makes 280,000 that stay, and among them a thousand that do
not: looking through them, several times over, took a tenth of the time that the gateway needs to start. A message makes
thousands, which nearly all go with it: a profile of the gateway under load had a tenth of its time in looking.
"""

from __future__ import annotations

import gc

WHILE_LOADING = 500_000
"""So many new objects before the collector looks, while a room is loaded: more than there are."""
SERVING = 20_000
"""So many of them once a room serves."""


def collect_seldom(after: int = SERVING) -> None:
    """Look after so many new objects from here on; to be called before what takes long to load."""
    gc.set_threshold(after)


def keep_what_is_loaded() -> None:
    """Spare the collector what is here before a room serves: it stays as long as the room does.

    Otherwise each full collection looks through all of it, and a document of a long incident causes one. Not even once
    is it looked through here: in half a megabyte that could go there is nothing to gain.
    """
    gc.freeze()
    collect_seldom()
