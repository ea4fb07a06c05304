"""The page that shows the API comes from this server alone."""

from __future__ import annotations

import re

import pytest

from tests.helpers.front_door import Door, is_problem


async def test_the_page_names_nothing_of_other_servers() -> None:
    page = await Door().send("GET", "/docs", role=None)
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert len(links) == 4
    assert all(link.startswith("/") and not link.startswith("//") for link in links)
    assert "script-src 'self';" in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["swagger-ui.css", "swagger-ui-bundle.js"])
async def test_what_the_page_needs_is_there(path: str) -> None:
    answer = await Door().send("GET", f"/docs/assets/{path}", role=None)

    assert (answer.status_code, len(answer.content) > 100_000) == (200, True)


async def test_nothing_else_is_served() -> None:
    assert is_problem(await Door().send("GET", "/docs/assets/../core.py", role=None), 404, "not-found")
    assert is_problem(await Door().send("GET", "/docs/assets/%2e%2e/core.py", role=None), 404, "not-found")
