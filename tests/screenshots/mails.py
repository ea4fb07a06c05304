"""Pictures of every kind of mail, light and dark, wide and narrow."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.helpers.browsers import chromium
from tests.helpers.chromium import SCREENS, pictured
from tests.helpers.every_mail import every_mail
from tests.helpers.strict_mail import checked, part_of

SHOWN = (
    "digest",
    "gathered",
    "notice-owner_assigned-sample-5",
    "notice-review_again-sample-22",
    "notice-meeting_invitation-sample-31",
)


def take(to: Path, say: Callable[[Path], None]) -> None:
    """Take the pictures; of notices, which have one layout, only some."""
    chromium()
    chosen = {name: mail for name, mail in every_mail().items() if name.startswith("report") or name in SHOWN}
    with tempfile.TemporaryDirectory() as folder:
        for name, mail in chosen.items():
            for screen in SCREENS:
                picture = to / f"{name}-{screen.name}.png"
                pictured(part_of(checked(mail), "html"), screen, Path(folder), picture.resolve())
                say(picture)
