"""The reading page of an imported postmortem: where it is from, and nothing that would be refused."""

from __future__ import annotations

from services.gateway.domain.view import project
from tests.helpers.builders import NOW, PM
from tests.helpers.front_door import Door
from tests.unit.gateway.pages.test_reading import buttons, seen, words
from tests.unit.gateway.test_imports import ORIGIN, an_import


async def test_it_says_where_it_is_from_and_offers_no_work_on_it() -> None:
    origin = ORIGIN.model_copy(update={"owner_known": False, "url": "https://wiki.example.com/1", "published_at": NOW})
    door = Door(
        views={PM: project(None, an_import(imported=origin, report={"impact": "x\n", "empty": ""}), (NOW, "e"))}
    )
    page = await seen(door, role="admin")
    assert words(page, "//header//p[@class='note']").startswith(
        "Imported from 2021/checkout.md by admin@example.com, 2026-03-02"
    )
    assert page.all("//header//p[@class='note']/a/@href") == ["https://wiki.example.com/1"]
    assert buttons(page) == ["History"]
    assert words(page, "//dt[.='Owner']/following-sibling::dd") == "not known"
    assert words(page, "//dt[.='Published']/following-sibling::dd") == "2026-03-02"
    assert not page.all("//a[contains(@href, '/edit') or contains(@href, 'action-items/new')]")
