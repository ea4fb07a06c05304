"""What `make check` says of libraries: `python -m tests.supply audit`; `make sbom`: `python -m tests.supply bill`."""

from __future__ import annotations

import sys
from subprocess import CalledProcessError

from tests.supply import auditing, bill


def main(verb: str) -> None:
    """Say it; what cannot be looked up is said, and no failure."""
    if verb == "bill":
        print(f"wrote {bill.write()}")  # noqa: T201
        return
    try:
        words, good = auditing.audited()
    except CalledProcessError as error:
        if "pip" not in error.cmd:
            raise
        words, good = auditing.NOT_LOOKED_UP.format("pip-audit cannot be installed"), True
    print(words)  # noqa: T201
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(sys.argv[1])
