"""The calendar room in a process that is killed again and again: `python -m tests.faults.calendar_room`.

It starts the room as a supervisor does, after each death anew. The new process is a fork of this one, so that it need
not import everything again. Every process id is written to the file `AFTERWORD_FAULTS_PID`.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from shared.room import run

PID = "AFTERWORD_FAULTS_PID"


def main() -> None:
    """Run the room, and run it again whenever it has died."""
    app = import_module("services.calendar.app")
    while True:
        child = os.fork()
        if child == 0:
            run("calendar", app.Settings, app.build)
            os._exit(0)
        Path(os.environ[PID]).write_text(str(child))
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
