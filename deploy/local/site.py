"""One folder with everything that belongs to one local stack: data, logs, secrets, the list of what runs."""

from __future__ import annotations

import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from deploy.local.files import locked
from deploy.local.ledger import Ledger
from deploy.local.memory import Memory
from deploy.local.ports import port_for

REPOSITORY = Path(__file__).resolve().parents[2]


def default_folder() -> Path:
    """Return the folder that `AFTERWORD_LOCAL` names, else `.local` in the repository."""
    return Path(os.environ.get("AFTERWORD_LOCAL") or REPOSITORY / ".local").absolute()


class Site:
    """The places of one local stack. Several of them live side by side, each in its own folder."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = (root or default_folder()).absolute()
        self.data = self.root / "data"
        self.logs = self.root / "log"
        self.run_file = self.root / "run.json"
        self.rooms_file = self.root / "rooms.json"
        self.mail = self.data / "mail"
        self.memory = Memory(self.data / "memory.json")
        self.ledger = Ledger(self.root / "processes.json")

    @property
    def tools(self) -> Path:
        """Programs that were fetched; all stacks of a checkout share them."""
        return Path(os.environ.get("AFTERWORD_LOCAL_TOOLS") or REPOSITORY / ".local" / "tools").absolute()

    def log(self, name: str) -> Path:
        """Return the log file of a server or room."""
        return self.logs / f"{name}.log"

    def port(self, name: str) -> int:
        """Return the port for a server or room, see `ports.port_for`."""
        return port_for(name, self.memory)

    def lock(self) -> AbstractContextManager[None]:
        """Let one command at a time work on this folder."""
        return locked(self.root / "lock")

    def prepare(self) -> None:
        """Make the folders, closed to other accounts: there are passwords in them."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.logs.mkdir(mode=0o700, exist_ok=True)

    def wipe(self) -> None:
        """Remove all data and logs; fetched programs stay."""
        for folder in (self.data, self.logs):
            if folder.exists():
                shutil.rmtree(folder)
