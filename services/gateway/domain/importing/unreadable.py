"""A file that is not read. Pure."""

from __future__ import annotations


class BadFile(Exception):
    """A file that is not read; the text says why, and what to do about it."""
