"""How often Python looks for what only itself refers to.

By its default it looks after 700 new objects. To load a room makes a hundred times as many, which nearly all stay, and
looking was a seventh of the time; a message makes thousands, which nearly all go with it, and looking was a tenth.
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
