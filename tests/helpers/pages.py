"""A browser without scripts, for pages of the gateway over fakes: it keeps cookies, follows links and sends forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import httpx
from lxml import html

from tests.helpers.front_door import Door

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass
class Page:
    """A page as it came: its status, its headers and its elements."""

    answer: httpx.Response

    def __post_init__(self) -> None:
        self.status = self.answer.status_code
        self.root: Any = html.fromstring(self.answer.text) if self.answer.text else html.fromstring("<html></html>")

    def all(self, xpath: str) -> list[Any]:
        """Return elements, or texts and attributes, by XPath."""
        found: list[Any] = self.root.xpath(xpath)
        return found

    def text(self, xpath: str = "//main") -> str:
        """Return the words of an element, white space folded; of the first one that is found."""
        return " ".join(self.all(xpath)[0].text_content().split())

    def links(self) -> list[str]:
        """Return where the page leads."""
        return [str(href) for href in self.all("//a/@href")]

    def form(self, action: str) -> dict[str, str]:
        """Return what a form would send as it stands: the fields of the form with this action, but for its buttons."""
        (form,) = [each for each in self.all("//form") if each.get("action") == action]
        return values(form)


def values(form: Any) -> dict[str, str]:
    """Return what a form would send as it stands; as in browsers, the first line end of a text field is not its own."""
    return {str(name): str(value).removeprefix("\n") for name, value in form.form_values()}


class Browser:
    """Somebody who looks at pages: `async with Browser(door, "engineer") as browser`."""

    def __init__(self, door: Door, role: str | None = "engineer") -> None:
        self.door = door
        self.role = role
        transport = httpx.ASGITransport(app=door.app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://test", headers=HTML)

    async def __aenter__(self) -> Self:
        """Sign in with the role's key."""
        if self.role:
            answer = await self.client.post("/sign-in", data={"api_key": f"key-{self.role}", "next": "/"})
            assert answer.status_code == 303, answer.text
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the browser."""
        await self.client.aclose()

    @property
    def csrf(self) -> str:
        """What stands in the forms of this session."""
        return next(iter(self.door.sessions.kept.values())).csrf

    async def open(self, path: str, **headers: str) -> Page:
        """Look at a page, without following a redirect."""
        return Page(await self.client.get(path, headers=headers))

    async def send_unsigned(self, path: str, fields: Mapping[str, str] | None = None) -> Page:
        """Send a form without the proof of a session."""
        return Page(await self.client.post(path, data=dict(fields or {})))

    async def send(self, path: str, fields: Mapping[str, str | Sequence[str]] | None = None) -> Page:
        """Send a form as it would be sent from a page of this session, without following the redirect."""
        return Page(await self.client.post(path, data={"csrf": self.csrf, **(fields or {})}))
