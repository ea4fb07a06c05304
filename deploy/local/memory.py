"""What a local stack keeps between `up` and `up`: its passwords, keys and ports."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.local.files import read_json, write_json


class Memory:
    """Named values in one private JSON file; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()

    def get(self, key: str) -> Any:
        """Return what was kept, or None."""
        with self._lock:
            return (read_json(self._path) or {}).get(key)

    def put(self, key: str, value: Any) -> None:
        """Keep a JSON value."""
        with self._lock:
            write_json(self._path, {**(read_json(self._path) or {}), key: value})

    def recall(self, key: str, make: Callable[[], str]) -> str:
        """Return the kept text, made once when it is new."""
        with self._lock:
            kept = self.get(key)
            if isinstance(kept, str):
                return kept
            made = make()
            self.put(key, made)
            return made

    def password(self, name: str) -> str:
        """Return the generated password of an account."""
        return self.recall(f"password.{name}", lambda: secrets.token_urlsafe(24))
