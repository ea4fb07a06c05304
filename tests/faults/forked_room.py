"""A room in a process that is killed again and again: `python -m tests.faults.forked_room ROOM`.

It starts the room as a supervisor does, after each death anew. The new process is a fork of this one, so that it need
not import everything again. Every process id is written to the file `AFTERWORD_FAULTS_PID`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from deploy.local.processes import caller_environment
from deploy.local.site import REPOSITORY
from shared.room import run

PID = "AFTERWORD_FAULTS_PID"


class ForkedRoom:
    """The room, in processes of its own, as whoever kills it sees it; it writes `log` and `pid` into the folder."""

    def __init__(self, room: str, folder: Path, env: dict[str, str]) -> None:
        self.log = folder / "log"
        self._pid = folder / "pid"
        with self.log.open("wb") as log:
            self._parent = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.forked_room", room],
                env={**caller_environment("AFTERWORD_"), **env, PID: str(self._pid)},
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process of now. Raises: OSError and ValueError while it is just being started."""
        return int(self._pid.read_text())

    def kill(self) -> None:
        """Kill the room as it runs now."""
        with suppress(OSError, ValueError):  # it is just being started again
            os.kill(self.pid, signal.SIGKILL)

    def end(self) -> None:
        """End everything."""
        os.killpg(self._parent.pid, signal.SIGKILL)
        self._parent.wait()


def main() -> None:
    """Run the room that is named on the command line, and run it again whenever it has died."""
    room = sys.argv[1]
    app = import_module(f"services.{room}.app")
    while True:
        child = os.fork()
        if child == 0:
            run(room, app.Settings, app.build)
            os._exit(0)
        Path(os.environ[PID]).write_text(str(child))
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
