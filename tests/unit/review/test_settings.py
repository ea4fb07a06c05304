"""The policy file's part about the community: what is taken over, and which wrong value stops the service."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from services.review.domain import Member
from services.review.settings import Policy
from shared.settings import SettingError, load_policy

ROOT = Path(__file__).resolve().parents[3]
PERSON = '[[people]]\nname = "Dina"\nemail = "dina@example.com"\nreviews = true\n'


def read(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "policy.toml"
    path.write_text(text, "utf-8")
    return load_policy(path, Policy)


def test_a_person_of_the_policy_file_is_a_member_with_all_that_it_tells(tmp_path: Path) -> None:
    told = 'services = ["checkout"]\nskills = ["databases"]\ncapacity = 2\nlevel = "mentor"\nteam = "payments"\n'
    (member,) = read(tmp_path, PERSON + told + 'timezone = "Asia/Tokyo"\naliases = ["@dina"]\n').community()
    assert member == Member(
        name="Dina",
        email="dina@example.com",
        services=("checkout",),
        skills=("databases",),
        capacity=2,
        level="mentor",
        team="payments",
        timezone="Asia/Tokyo",
    )


def test_how_the_organisation_reviews_is_read(tmp_path: Path) -> None:
    text = '[organisation]\ntimezone = "Asia/Tokyo"\n[review]\ncapacity = 3\nrecent_days = 30\n'
    practice = read(tmp_path, text + '[review.roster]\ngroups = ["postmortem-reviewers"]\n').practice()
    assert (practice.capacity, practice.recent, practice.timezone) == (3, timedelta(days=30), "Asia/Tokyo")
    usual = read(tmp_path, "").practice()
    assert (usual.capacity, usual.recent, usual.timezone) == (5, timedelta(days=90), "UTC")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PERSON + "capacity = 0", "people.0.capacity: Input should be greater than or equal to 1"),
        (PERSON + 'level = "guru"', "people.0.level: Input should be 'learning', 'experienced' or 'mentor'"),
        (PERSON + 'skills = "databases"', "people.0.skills: Input should be a valid tuple"),
        (PERSON + 'team = ""', "people.0.team: String should have at least 1 character"),
        (PERSON + 'timezone = "Berlin"', "people.0.timezone: Value error, 'Berlin' is not an IANA time zone"),
        ("[review]\ncapacity = 1001", "review.capacity: Input should be less than or equal to 1000"),
        ("[review]\nrecent_days = 0", "review.recent_days: Input should be greater than or equal to 1"),
        ("[review.roster]\ngroups = 'reviewers'", "review.roster.groups: Input should be a valid tuple"),
        ("[review.roster]\ngroup = ['reviewers']", "review.roster.group: Extra inputs are not permitted"),
        ("[organisation]\ntimezone = 'Mars'", "organisation.timezone: Value error, 'Mars' is not an IANA time zone"),
    ],
)
def test_a_wrong_value_stops_the_service_with_one_line_that_names_it(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingError) as stopped:
        read(tmp_path, text)
    assert told in str(stopped.value)
    assert len(str(stopped.value).splitlines()) == 1


def test_the_example_has_a_community() -> None:
    policy = load_policy(ROOT / "deploy" / "local" / "afterword.toml", Policy)
    levels = {member.level for member in policy.community()}
    assert {"experienced", "mentor"} <= levels


def test_rules_of_assignment_are_read_with_their_teams_and_admins(tmp_path: Path) -> None:
    text = (
        '[review]\nsame_team = false\nleast_hours = 3\nask_hours = 48\nawake = { opens = "07:00", closes = "19:00" }\n'
    )
    people = PERSON + 'team = "payments"\nrole = "admin"\n'
    practice = read(tmp_path, text + people).practice()
    assert (practice.same_team, practice.least_hours, practice.ask_hours) == (False, 3, 48)
    assert (practice.awake.opens.hour, practice.awake.closes.hour) == (7, 19)
    assert (practice.teams, [admin.email for admin in practice.admins]) == (
        {"dina@example.com": "payments"},
        ["dina@example.com"],
    )
