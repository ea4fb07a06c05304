"""Timelines of files: entries when every line is sure, a text otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

import pytest

from services.gateway.domain.importing import Defaults, read_file, read_zone
from services.gateway.domain.importing.timelines import NO_DAY, NO_ZONE, ODD, TOO_LONG, read_timeline

DAY = date(2021, 3, 4)


def told(text: str, day: date | None = DAY, zone: tzinfo | None = UTC, title: str = "Timeline") -> list[str]:
    return [f"{entry.at:%m-%d %H:%M} {entry.text}" for entry in read_timeline(title, text, day, zone).entries]


EXPECTED = ["03-04 09:14 Alert", "03-04 09:31 Page"]


@pytest.mark.parametrize(
    "text",
    [
        "- 09:14 Alert\n- 09:31 Page\n",
        "* **09:14 UTC** - Alert\n* **09:31 UTC** - Page\n",
        "1. `09:14`: Alert\n2. `09:31`: Page\n",
        "09:14 \N{EN DASH} Alert\n09:31 \N{EN DASH} Page\n",
        "| Time | What |\n|---|---|\n| 09:14 | Alert |\n| 09:31 | Page |\n",
        "| Date | Time | What |\n|---|---|---|\n| 2021-03-04 | 09:14 | Alert |\n| 2021-03-04 | 09:31 | Page |\n",
        "- 2021-03-04 09:14 Alert\n- 2021-03-04T09:31Z Page\n",
        "- 9:14 AM Alert\n- 9:31 a.m. Page\n",
        "- 10:14 +01:00 Alert\n- 10:31 +0100 Page\n",
        "### March 4, 2021\n\n- 09:14 Alert\n- 09:31 Page\n",
        "All times are UTC.\n\n- 09:14 Alert\n- 09:31 Page\n",
        "- [09:14] Alert\n- [09:31] Page\n",
    ],
)
def test_lines_and_tables_with_times_become_entries(text: str) -> None:
    assert told(text) == EXPECTED


def test_what_goes_on_in_the_next_line_belongs_to_its_entry() -> None:
    assert told("- 09:14 Alert\n  of search\n- 09:31 Page\n") == ["03-04 09:14 Alert of search", "03-04 09:31 Page"]


def test_behind_midnight_is_the_next_day() -> None:
    assert told("- 23:50 Alert\n- 00:10 Page\n- 00:20 Fix\n") == [
        "03-04 23:50 Alert",
        "03-05 00:10 Page",
        "03-05 00:20 Fix",
    ]


def test_the_zone_is_the_heading_s_or_the_one_given() -> None:
    text = "- 09:14 Alert\n- 09:31 Page\n"
    assert told(text, zone=None, title="Timeline (UTC)") == EXPECTED
    assert told(text, zone=read_zone("Europe/Berlin")) == ["03-04 08:14 Alert", "03-04 08:31 Page"]
    assert read_timeline("Timeline", text, DAY, None).doubt == NO_ZONE


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("- 09:14 Alert\n- later: Page\n- 09:40 Fix\n", ""),
        ("- 09:14 PST Alert\n- 09:31 PST Page\n", ODD),
        ("- 09:31 Alert\n- 09:14 Page\n", ODD),
        ("- 25:14 Alert\n- 26:31 Page\n", ODD),
        ("- 09:14 Alert\n", ""),
        ("We saw it at 09:14 and fixed it at 09:31.\n", ""),
    ],
)
def test_what_is_not_sure_stays_text(text: str, doubt: str) -> None:
    found = read_timeline("Timeline", text, DAY, UTC)
    if doubt:
        assert (found.entries, found.doubt) == ((), doubt)
    else:
        assert len(found.entries) in (0, 2)


def test_a_timeline_that_nobody_has_written_stays_text() -> None:
    assert read_timeline("Timeline", "- 09:14 Alert\n" * 30_000, DAY, UTC).doubt == TOO_LONG


def test_without_a_day_there_are_no_entries_and_it_is_said_what_to_do() -> None:
    assert read_timeline("Timeline", "- 09:14 Alert\n- 09:31 Page\n", None, UTC).doubt == NO_DAY


def test_the_file_s_date_is_the_day_and_the_first_entry_the_beginning_and_the_text_stays() -> None:
    text = "# T\n\nDate: 2021-03-04\n\n## Timeline\n\nAll times UTC.\n\n- 09:14 Alert\n- 09:31 Page\n"
    reading = read_file("a.md", text, Defaults())
    assert [entry.text for entry in reading.timeline] == ["Alert", "Page"]
    assert reading.started_at == datetime(2021, 3, 4, 9, 14, tzinfo=UTC)
    assert "- 09:14 Alert" in {each.name: each.text for each in reading.sections}["timeline"]
