"""How often Python looks for what only itself refers to.

By its default it looks after 700 new objects. Loading a room makes far more, which nearly all stay: looking seldom
saves a sixteenth of the gateway's time for it. A message makes thousands, which nearly all go with it: a profile of
the gateway under load had a tenth of its time in looking.
"""

from __future__ import annotations

import gc

COLLECT_AFTER = 20_000
"""So many new objects before the collector looks."""


def collect_seldom() -> None:
    """Look more rarely from here on; to be called before what takes long to load."""
    gc.set_threshold(COLLECT_AFTER)


def keep_what_is_loaded() -> None:
    """Spare the collector what is here before a room serves: it stays as long as the room does.

    Otherwise each full collection looks through all of it, and a document of a long incident causes one.
    """
    gc.collect()
    gc.freeze()
