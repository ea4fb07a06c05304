"""Pictures of every kind of mail, light and dark, wide and narrow, to look at: `python -m tests.screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.helpers.chromium import CHROMIUM, SCREENS, pictured
from tests.helpers.every_mail import every_mail
from tests.helpers.strict_mail import checked, part_of

TO = Path(".local") / "screenshots"
SHOWN = (
    "digest",
    "gathered",
    "notice-owner_assigned-sample-5",
    "notice-review_again-sample-22",
    "notice-meeting_invitation-sample-31",
)


def main() -> None:
    """Take the pictures; of notices, which have one layout, only some."""
    if CHROMIUM is None:
        sys.exit("Chromium is not installed here; on Debian: apt-get install chromium")
    TO.mkdir(parents=True, exist_ok=True)
    chosen = {name: mail for name, mail in every_mail().items() if name.startswith("report") or name in SHOWN}
    with tempfile.TemporaryDirectory() as folder:
        for name, mail in chosen.items():
            for screen in SCREENS:
                to = TO / f"{name}-{screen.name}.png"
                pictured(part_of(checked(mail), "html"), screen, Path(folder), to.resolve())
                sys.stdout.write(f"{to}\n")


if __name__ == "__main__":
    main()
