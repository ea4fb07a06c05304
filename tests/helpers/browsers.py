"""A real browser for tests: Debian's Chromium, driven by Playwright, and what must hold of every page in it.

Whatever a page logs as an error (a script that fails, something that the content security policy forbids), whatever
axe finds, and whatever stands out of a narrow page, is collected as trouble.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from deploy.local.debian import install

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 360, "height": 780}
PATIENCE_MS = 30_000
MOST_BYTES = 60 * 1024
"""Of a page with its styles and scripts, compressed, without its images."""
WEIGHED = ("Document", "Stylesheet", "Script")


def chromium() -> str:
    """Return the browser's program; on Debian root installs it when it is missing. Raises: LocalError."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        install("chromium")
        found = shutil.which(NAMES[0])
    if found is None:
        msg = "these tests need Chromium: apt-get install chromium"
        raise RuntimeError(msg)
    return found


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start a browser, which speaks to this machine alone."""
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    options = [*sandbox, "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=options)
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody with a browser window of their own, at one installation."""

    context: BrowserContext
    trouble: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.trouble.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        is_expected = "the server responded with a status of 4" in message.text
        if message.type == "error" and not is_expected:
            self.trouble.append(f"{self.page.url}: {message.text}")

    def sign_in(self, email: str) -> None:
        """Sign in as a sample person by clicking."""
        self.page.goto("/sign-in")
        self.page.locator(f"button[value='{email}']").click()
        self.page.wait_for_url("**/")

    def look(self, path: str) -> Page:
        """Open a page."""
        answer = self.page.goto(path)
        assert answer, path
        assert answer.status < 400, f"{path}: {answer.status} {self.page.locator('main').inner_text()}"
        return self.page

    def check(self, name: str = "") -> None:
        """Hold the page that is open to accessibility, and to its width."""
        where = name or self.page.url
        self.page.locator(".htmx-request").first.wait_for(state="hidden")
        found: Any = Axe().run(self.page, options=RULES)
        self.trouble += [
            f"{where}: axe {each['id']} ({each['impact']}): {each['help']}: "
            + "; ".join(str(node["html"])[:200] for node in each["nodes"][:3])
            for each in found.response["violations"]
        ]
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.trouble.append(f"{where}: {wide} px stand out at a width of {self.page.viewport_size}")

    def weigh(self, path: str) -> int:
        """Return how many bytes a page takes as it is sent, compressed, with its styles and scripts."""
        session = self.context.new_cdp_session(self.page)
        kinds: dict[str, str] = {}
        sizes: dict[str, float] = {}
        session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
        session.on(
            "Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]})
        )
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self.page.goto(path)
        session.detach()
        return round(sum(size for id, size in sizes.items() if kinds.get(id) in WEIGHED))

    def close(self) -> None:
        """Close the window. Raises: AssertionError with all trouble that there was."""
        self.context.close()
        assert not self.trouble, "\n".join(self.trouble)


@contextmanager
def visiting(
    browser: Browser,
    url: str,
    email: str | None = None,
    *,
    scripts: bool = True,
    size: dict[str, int] | None = None,
    dark: bool = False,
) -> Iterator[Person]:
    """Let somebody visit the installation at this address, signed in if an email is given."""
    context = browser.new_context(
        base_url=url,
        java_script_enabled=scripts,
        viewport=size or WIDE,  # type: ignore[arg-type]
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    person = Person(context)
    if email:
        person.sign_in(email)
    yield person
    person.close()
