"""Pictures of every page, light, dark and on a telephone, of a company at work on a stack of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from deploy.local import stack
from deploy.local.run import Run
from tests.helpers.browsers import NARROW, WIDE, a_browser, visiting
from tests.helpers.company import at_work

OWNER, AUTHOR = "ada.moreno@example.com", "chen.li@example.com"
REVIEWER, ADMIN = "dina.haddad@example.com", "hana.sato@example.com"


@dataclass(frozen=True)
class Shown:
    """A page as somebody sees it; `{published}` and the like stand for the id of such a postmortem."""

    name: str
    who: str | None
    path: str


PAGES = (
    Shown("sign-in", None, "/sign-in"),
    Shown("home", OWNER, "/"),
    Shown("library", OWNER, "/library"),
    Shown("library-search", OWNER, "/library?q=connection+pool"),
    Shown("library-typo", OWNER, "/library?q=conection"),
    Shown("postmortem", AUTHOR, "/postmortems/{published}"),
    Shown("postmortem-draft", OWNER, "/postmortems/{draft}"),
    Shown("postmortem-in-review", OWNER, "/postmortems/{in_review}"),
    Shown("postmortem-changes", OWNER, "/postmortems/{changes_requested}"),
    Shown("postmortem-approved", OWNER, "/postmortems/{approved}"),
    Shown("history", AUTHOR, "/postmortems/{published}/history"),
    Shown("revision", AUTHOR, "/postmortems/{published}/revisions/1"),
    Shown("diff", AUTHOR, "/postmortems/{published}/diff"),
    Shown("submit", OWNER, "/postmortems/{changes_requested}/submit"),
    Shown("publish", OWNER, "/postmortems/{approved}/publish"),
    Shown("skip", OWNER, "/postmortems/{draft}/skip"),
    Shown("action-item", AUTHOR, "/postmortems/{published}/action-items/new"),
    Shown("deliveries", AUTHOR, "/postmortems/{published}/deliveries"),
    Shown("edit", OWNER, "/postmortems/{draft}/edit"),
    Shown("edit-section", OWNER, "/postmortems/{changes_requested}/edit/contributing_factors"),
    Shown("edit-remarks", OWNER, "/postmortems/{draft}/edit/what_happened"),
    Shown("import", OWNER, "/postmortems/{draft}/import"),
    Shown("correction", OWNER, "/postmortems/{published}/correction"),
    Shown("reviews", REVIEWER, "/reviews"),
    Shown("review", REVIEWER, "/postmortems/{in_review}/review"),
    Shown("reviewers", REVIEWER, "/reviewers"),
    Shown("meetings", AUTHOR, "/meetings"),
    Shown("meeting", ADMIN, "/postmortems/{approved}/meeting"),
    Shown("me", AUTHOR, "/me"),
    Shown("list", AUTHOR, "/me/lists/incident-reports"),
    Shown("month", ADMIN, "/postmortem-of-the-month"),
    Shown("insights", AUTHOR, "/insights"),
    Shown("operations", ADMIN, "/operations"),
    Shown("not-found", AUTHOR, "/postmortems/00000000-0000-4000-8000-000000000000"),
)
SCREENS = (("light", WIDE, False), ("dark", WIDE, True), ("360", NARROW, False), ("360-dark", NARROW, True))


def take(to: Path, say: Callable[[Path], None]) -> None:
    """Start a stack, fill it, take the pictures, and stop it again."""
    with tempfile.TemporaryDirectory() as folder:
        run = stack.up(Path(folder))
        try:
            ids = at_work(run.as_json())
            with a_browser() as browser:
                for shown in PAGES:
                    _pictures(browser, run, shown, ids, to, say)
        finally:
            stack.down(Path(folder))


def _pictures(
    browser: Browser, run: Run, shown: Shown, ids: Mapping[str, str], to: Path, say: Callable[[Path], None]
) -> None:
    for name, size, dark in SCREENS:
        with visiting(browser, run.gateway_url, shown.who, size=size, dark=dark) as person:
            person.page.goto(shown.path.format(**ids))
            picture = to / f"page-{shown.name}-{name}.png"
            person.page.screenshot(path=picture, full_page=True)
            say(picture)
