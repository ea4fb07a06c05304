"""Settings and policy: what is wrong stops the room with a line that names it."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.calendar.settings import Policy, Settings
from shared.settings import SettingError, load, load_policy

ROOT = Path(__file__).resolve().parents[3]
GIVEN: dict[str, Any] = {"rabbitmq_url": "amqp://x", "mongo_url": "mongodb://x", "policy": "afterword.toml"}
CALENDAR = '[calendar]\norganizer = { name = "P", email = "p@example.com" }\njoin_url = "https://meet.example.com/x"\n'


def test_the_sample_policy_is_understood() -> None:
    practice = load_policy(ROOT / "deploy/local/afterword.toml", Policy).practice("https://pm.example.com/")
    assert (practice.timezone, practice.opens, practice.closes) == ("Europe/Berlin", time(9), time(17))
    assert practice.notice == timedelta(hours=24)
    assert practice.link("1") == "https://pm.example.com/postmortems/1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[organisation]\ntimezone = "Europe/Atlantis"\n', "organisation.timezone: .*IANA"),
        ('[organisation]\nfree_days = ["24 December"]\n', "organisation.free_days.0: .*is no day"),
        ('[organisation]\nholidays = ["XX-99"]\n', "organisation.holidays.0: .*no holidays"),
        ('[organisation]\nworking_hours = ["17:00", "09:00"]\n', "organisation.working_hours: .*earlier first"),
        ('[organisation]\nworking_hours = ["09:15", "10:15"]\n', "working_hours: no room for a meeting of 60 minutes"),
    ],
)
def test_a_wrong_policy_is_named(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "afterword.toml"
    path.write_text(text + CALENDAR)
    with pytest.raises(SettingError, match=words):
        load_policy(path, Policy)


@pytest.mark.parametrize(
    "url",
    ["ftp://u:p@cal.example.com/x/", "https://u:p@cal.example.com/x", "https://cal.example.com/x/", "cal.example.com"],
)
def test_an_address_that_is_no_collection_is_refused_without_telling_the_password(url: str) -> None:
    with pytest.raises(SettingError, match="AFTERWORD_CALDAV_URL") as stopped:
        load(Settings, **GIVEN, caldav_url=url)
    assert "u:p@" not in str(stopped.value)


def test_a_right_address_is_taken() -> None:
    settings = load(Settings, **GIVEN, caldav_url="https://u:p@cal.example.com/company/postmortems/")
    assert "u:p" not in repr(settings)
