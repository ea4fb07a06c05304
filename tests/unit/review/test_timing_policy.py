"""Review's part of the policy about time: what is wrong stops the room with a line that names it and what to do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.review.domain import Timing
from services.review.domain.hours import awake
from services.review.settings import Policy
from shared.contracts.base import Owner
from shared.settings import SettingError, load_policy

ROOT = Path(__file__).resolve().parents[3]
HOUR = timedelta(hours=1)


def read(text: str, folder: Path) -> Policy:
    path = folder / "afterword.toml"
    path.write_text(text)
    return load_policy(path, Policy)


def test_the_sample_policy_is_understood() -> None:
    practice = load_policy(ROOT / "deploy/local/afterword.toml", Policy).practice()
    assert [admin.email for admin in practice.admins] == ["hana.sato@example.com"]
    assert practice.timing.zone == ZoneInfo("Europe/Berlin")
    assert practice.timing.zone_of("chen.li@example.com") == ZoneInfo("Europe/London")
    assert practice.timing.hours.is_free(date(2026, 12, 25))


def test_what_a_policy_leaves_out_has_its_usual_value(tmp_path: Path) -> None:
    timing, usual = read("", tmp_path).practice().timing, Timing()
    assert timing.hours.opens == usual.hours.opens
    names = ("before_meeting", "before", "late_times", "silent_after", "reassign_times", "escalate_before")
    for name in (*names, "submit_before", "look_every", "zone", "zones"):
        assert getattr(timing, name) == getattr(usual, name), name


def test_hours_days_reminders_and_admins_are_read(tmp_path: Path) -> None:
    text = """
[organisation]
timezone = "Asia/Tokyo"
free_days = [2026-03-09]
working_hours = ["10:00", "18:00"]

[[people]]
name = "Hana Sato"
email = "hana@example.com"
role = "admin"
timezone = "Europe/Berlin"

[review]
ask_hours = 12

[review.hours]
working_days = ["sun", "mon", "tue"]

[review.reminders]
before_meeting_hours = 48
before_hours = [24, 4]
late_times = 1
silent_after_business_hours = 16
reassign_times = 0
escalate_business_hours = 2.5
submit_hours = 36
"""
    practice = read(text, tmp_path).practice()
    timing = practice.timing
    assert practice.admins == (Owner(name="Hana Sato", email="hana@example.com"),)
    assert (timing.before_meeting, practice.ask_hours, timing.submit_before) == (48 * HOUR, 12, 36 * HOUR)
    assert (timing.before, timing.late_times, timing.reassign_times) == ((24 * HOUR, 4 * HOUR), 1, 0)
    assert (timing.silent_after, timing.escalate_before) == (16 * HOUR, 2.5 * HOUR)
    assert (timing.hours.opens, timing.hours.closes) == (time(10), time(18))
    wednesday = datetime(2026, 3, 4, 3, tzinfo=UTC)
    assert awake(wednesday, timing.hours, timing.zone) == datetime(2026, 3, 8, 1, tzinfo=UTC)  # a Sunday
    assert timing.hours.is_free(date(2026, 3, 9))
    assert timing.zone_of("hana@example.com") == ZoneInfo("Europe/Berlin")


def test_reviewers_may_have_other_hours_than_the_organisation(tmp_path: Path) -> None:
    text = '[organisation]\nworking_hours = ["10:00", "18:00"]\n[review.hours]\nworking_hours = ["08:00", "20:00"]\n'
    hours = read(text, tmp_path).practice().timing.hours
    assert (hours.opens, hours.closes) == (time(8), time(20))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[review.hours]\nworking_hours = ["17:00", "09:00"]', "review.hours.working_hours: .*the earlier first"),
        ('[review.hours]\nworking_days = ["monday"]', "review.hours.working_days: .*mon, tue.*'monday' is none"),
        ("[review.hours]\nworking_days = []", "review.hours.working_days: .*at least one"),
        ("[review.hours]\nopens = 9", "review.hours.opens: "),
        ("[review.reminders]\nbefore_hours = [0]", "review.reminders.before_hours.0: .*greater than 0"),
        ("[review.reminders]\nlate_times = 1000", "review.reminders.late_times: .*less than or equal to 20"),
        ("[review.reminders]\nsilent_after_business_hours = 0", "review.reminders.silent_after_business_hours: "),
        ("[review.reminders]\nsilent_after_hours = 8", "review.reminders.silent_after_hours: "),
        ('[organisation]\ntimezone = "Berlin"', "organisation.timezone: .*Europe/Berlin"),
        ('[organisation]\nholidays = ["XX"]', "organisation.holidays.0: .*DE-BE"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_write_instead(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=said):
        read(text, tmp_path)
