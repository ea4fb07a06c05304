"""The five rooms. Run from the root of the project: this folder must never be on sys.path itself."""

from shared.garbage import WHILE_LOADING, collect_seldom

collect_seldom(WHILE_LOADING)
