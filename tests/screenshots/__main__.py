"""Pictures into `.local/screenshots`: all, or those of mails or pages alone: `python -m tests.screenshots pages`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.screenshots import mails, pages

TO = Path(".local") / "screenshots"
KINDS = {"mails": mails.take, "pages": pages.take}


def main(wanted: list[str]) -> None:
    """Take the pictures; say where each is."""
    unknown = set(wanted) - set(KINDS)
    if unknown:
        sys.exit(f"there are no pictures of {', '.join(sorted(unknown))}; there are: {', '.join(KINDS)}")
    TO.mkdir(parents=True, exist_ok=True)
    for kind in wanted or KINDS:
        KINDS[kind](TO, lambda picture: print(picture, flush=True))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
