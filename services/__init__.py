"""The five rooms. Run from the root of the project: this folder must never be on sys.path itself."""

from shared.garbage import collect_seldom

collect_seldom()  # before any room is loaded
