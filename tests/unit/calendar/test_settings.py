"""Settings and policy: what is wrong stops the room with a line that names it."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.calendar.settings import Policy, Settings
from shared.contracts.base import Severity
from shared.settings import SettingError, load, load_policy

ROOT = Path(__file__).resolve().parents[3]
GIVEN: dict[str, Any] = {"rabbitmq_url": "amqp://x", "mongo_url": "mongodb://x", "policy": "afterword.toml"}
CALENDAR = '[calendar]\norganizer = { name = "P", email = "p@example.com" }\njoin_url = "https://meet.example.com/x"\n'
PERSON = '[[people]]\nname = "Ada"\nemail = "ada@example.com"\n'


def a_policy(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "afterword.toml"
    path.write_text(text)
    return load_policy(path, Policy)


def test_the_sample_policy_is_understood() -> None:
    practice = load_policy(ROOT / "deploy/local/afterword.toml", Policy).practice("https://pm.example.com/")
    assert (practice.timezone, practice.opens, practice.closes) == ("Europe/Berlin", time(9), time(17))
    assert practice.notice == practice.approval == practice.preread == timedelta(hours=24)
    assert practice.hours("chen.li@example.com").timezone == "Europe/London"
    assert practice.hours("stranger@example.com") == practice.usual
    assert [person.role for person in practice.teams["search"]] == ["service_owner"]
    assert "dina.haddad@example.com" in {person.email for person in practice.facilitators}
    assert practice.link("1") == "https://pm.example.com/postmortems/1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[organisation]\ntimezone = "Europe/Atlantis"\n', "organisation.timezone: .*IANA"),
        ('[organisation]\nfree_days = ["24 December"]\n', "organisation.free_days.0: .*is no day"),
        ('[organisation]\nholidays = ["XX-99"]\n', "organisation.holidays.0: .*no holidays"),
        ('[organisation]\nworking_hours = ["17:00", "09:00"]\n', "organisation.working_hours: .*earlier first"),
        ('[organisation]\nworking_hours = ["09:15", "10:15"]\n', "working_hours: no room for a meeting of 60 minutes"),
        (
            PERSON + 'timezone = "Mars/Olympus"\n',
            "people.0.timezone: .*ada@example.com: .*'Mars/Olympus' is not an IANA",
        ),
        (PERSON + 'holidays = ["XX"]\n', "ada@example.com: .*no holidays are known for 'XX'"),
        (PERSON + 'working_hours = ["17:00", "09:00"]\n', "ada@example.com: .*earlier first"),
        (
            PERSON + 'working_hours = ["09:00", "09:30"]\n',
            "ada@example.com: working_hours: no room for a meeting of 60",
        ),
        (
            '[[services]]\nname = "x"\nproduct_manager = "pia@example.com"\n',
            "services.0.product_manager: pia.* none of",
        ),
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


def test_the_policy_of_the_documentation_is_understood(tmp_path: Path) -> None:
    first, second, *_ = (ROOT / "docs/meetings.md").read_text(encoding="utf-8").split("```toml\n")[1:]
    whole, one_by_one = (part.partition("```")[0] for part in (first, second))
    policy = a_policy(tmp_path, whole)
    assert policy.calendar.busy == "https://dav.example.com/{email}/"
    assert policy.practice("https://pm.example.com").hours("chen.li@example.com").holidays == ("GB-ENG",)
    table = one_by_one.removeprefix("[calendar.busy]\n").replace("\n", "")
    assert a_policy(tmp_path, f"{CALENDAR}busy = {{ {table} }}\n").calendar.busy != {}


def test_people_have_hours_of_their_own_as_far_as_they_say(tmp_path: Path) -> None:
    given = (
        '[organisation]\ntimezone = "Europe/Berlin"\nholidays = ["DE-BE"]\nfree_days = ["12-24"]\n'
        f'{PERSON}timezone = "America/New_York"\n'
        '[[people]]\nname = "Ben"\nemail = "ben@example.com"\nworking_hours = ["07:00", "15:00"]\nholidays = []\n'
        + CALENDAR
    )
    practice = a_policy(tmp_path, given).practice("https://pm.example.com")
    ada, ben = practice.hours("ada@example.com"), practice.hours("ben@example.com")
    assert (ada.timezone, ada.opens, ada.holidays, ada.free_days) == (
        "America/New_York",
        time(9),
        ("DE-BE",),
        ("12-24",),
    )
    assert (ben.timezone, ben.opens, ben.closes, ben.holidays) == ("Europe/Berlin", time(7), time(15), ())


def test_the_community_facilitates_but_for_who_does_not_wish_to(tmp_path: Path) -> None:
    people = (
        '[[people]]\nname = "A"\nemail = "a@example.com"\nreviews = true\n'
        '[[people]]\nname = "B"\nemail = "b@example.com"\nreviews = true\nfacilitates = false\n'
        '[[people]]\nname = "C"\nemail = "c@example.com"\nfacilitates = true\n'
        '[[people]]\nname = "D"\nemail = "d@example.com"\n'
    )
    practice = a_policy(tmp_path, people + CALENDAR).practice("https://pm.example.com")
    assert [person.name for person in practice.facilitators] == ["A", "C"]


def test_a_long_meeting_still_fits_into_the_working_day(tmp_path: Path) -> None:
    text = '[organisation]\nworking_hours = ["09:00", "09:45"]\n' + CALENDAR + "longest_minutes = 240\n"
    minutes = "minutes = { sev1 = 30, sev2 = 30, sev3 = 30, sev4 = 30, sev5 = 30 }\n"
    assert a_policy(tmp_path, text + minutes).practice("https://pm.example.com").length(
        Severity.SEV1, 400
    ) == timedelta(minutes=45)


@pytest.mark.parametrize(
    ("busy", "words"),
    [
        ('busy = "https://dav.example.com/{email}/"', None),
        ('busy = { "ada@example.com" = "https://dav.example.com/ada/" }', None),
        ('busy = "https://dav.example.com/calendars/"', r"calendar.busy.template: .*must have \{email\}"),
        ('busy = "https://u:p@dav.example.com/{user}/"', "an account does not belong into the policy"),
        (
            'busy = { "ada@example.com" = "https://dav.example.com/ada" }',
            r"calendar.busy.people.ada@example.com: .*slash",
        ),
        ('busy = { ada = "https://dav.example.com/ada/" }', "calendar.busy.people.ada"),
    ],
)
def test_where_people_s_calendars_are_is_checked(busy: str, words: str | None, tmp_path: Path) -> None:
    if words is None:
        assert a_policy(tmp_path, f"{CALENDAR}{busy}\n").calendar.busy
        return
    with pytest.raises(SettingError, match=words):
        a_policy(tmp_path, f"{CALENDAR}{busy}\n")


def test_an_account_for_people_s_calendars_is_a_setting_and_goes_no_further() -> None:
    url = "https://u:p@cal.example.com/company/postmortems/"
    with pytest.raises(SettingError, match="AFTERWORD_CALDAV_BUSY_URL") as stopped:
        load(Settings, **GIVEN, caldav_url=url, caldav_busy_url="https://bot:s3cret@dav.example.com/all/")
    assert "s3cret" not in str(stopped.value)
    settings = load(Settings, **GIVEN, caldav_url=url, caldav_busy_url="https://bot:s3cret@dav.example.com/{user}/")
    assert "s3cret" not in repr(settings)
