"""What may be set about following the shared calendar, and what is refused by name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from services.calendar.settings import Policy, Settings
from shared.settings import SettingError, load, load_policy
from tests.unit.calendar.test_settings import CALENDAR, GIVEN

URL = "https://u:p@cal.example.com/company/postmortems/"


def policy(text: str, folder: Path) -> Policy:
    path = folder / "afterword.toml"
    path.write_text(text)
    return load_policy(path, Policy)


def test_a_calendar_is_looked_at_once_a_minute_and_a_deletion_is_believed_after_two(tmp_path: Path) -> None:
    assert load(Settings, **GIVEN, caldav_url=URL).caldav_poll_seconds == 60
    assert policy(CALENDAR, tmp_path).practice("https://pm.example.com").grace == timedelta(minutes=2)
    given = policy(CALENDAR + "delete_grace_minutes = 30\n", tmp_path)
    assert given.practice("https://pm.example.com").grace == timedelta(minutes=30)


@pytest.mark.parametrize("seconds", ["0", "3601", "often"])
def test_an_interval_that_makes_no_sense_is_named(seconds: str) -> None:
    with pytest.raises(SettingError, match="AFTERWORD_CALDAV_POLL_SECONDS"):
        load(Settings, **GIVEN, caldav_url=URL, caldav_poll_seconds=seconds)


@pytest.mark.parametrize(
    ("wrong", "right", "words"),
    [
        (
            "join_url = ",
            'join_url = "https://meet.example.com/x\\r\\nATTENDEE:mailto:e@example.com"\nold = ',
            "join_url",
        ),
        ("join_url = ", 'join_url = "meet.example.com"\nold = ', "join_url"),
        ("p@example.com", "p at example.com", "organizer.email"),
        ("p@example.com", "p@example.com\\nX:y", "organizer.email"),
        ("join_url", "delete_grace_minutes = -1\njoin_url", "delete_grace_minutes"),
        ("join_url", 'invitations = "everybody"\njoin_url', "invitations"),
        ("join_url", "delete_grace_minutes = 1441\njoin_url", "delete_grace_minutes"),
    ],
)
def test_what_could_break_an_entry_is_named(wrong: str, right: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=f"calendar.{words}"):
        policy(CALENDAR.replace(wrong, right), tmp_path)


@pytest.mark.parametrize("said", ["joined", "all", "none"])
def test_who_is_invited_by_mail_is_who_joined_unless_the_policy_says_otherwise(said: str, tmp_path: Path) -> None:
    assert policy(CALENDAR, tmp_path).practice("https://pm.example.com").invitations == "joined"
    given = policy(f'{CALENDAR}invitations = "{said}"\n', tmp_path)
    assert given.practice("https://pm.example.com").invitations == said
