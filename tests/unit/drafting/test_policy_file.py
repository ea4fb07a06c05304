"""Drafting's part of the policy: what is wrong stops the room with a line that names the key and what to do."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.drafting.app import guidance
from services.drafting.domain.schedule import Reminders
from services.drafting.settings import Policy
from shared.contracts.base import Severity
from shared.settings import SettingError, load_policy

ROOT = Path(__file__).resolve().parents[3]
GIVEN = """
[[people]]
name = "Ada Moreno"
email = "ada@example.com"
timezone = "Asia/Tokyo"

[drafting]
default_owner = "ada@example.com"
"""


def read(text: str, folder: Path) -> Policy:
    path = folder / "afterword.toml"
    path.write_text(GIVEN + text)
    return load_policy(path, Policy)


def test_the_sample_policy_is_understood() -> None:
    path = ROOT / "deploy/local/afterword.toml"
    sample = guidance(load_policy(path, Policy), path, secret="")
    assert sample.service_owners
    assert sample.rules
    assert sample.zone_of("chen.li@example.com") == ZoneInfo("Europe/London")


def test_what_a_policy_leaves_out_is_as_the_guide_has_it(tmp_path: Path) -> None:
    known = guidance(read("", tmp_path), tmp_path, secret="")
    assert (known.rules, known.service_owners, known.reminders) == ((), {}, Reminders())
    assert known.postmortem_for == {Severity.SEV1, Severity.SEV2}
    assert known.zone_of("ada@example.com") == ZoneInfo("Asia/Tokyo")


def test_rules_owners_and_reminders_are_read(tmp_path: Path) -> None:
    known = guidance(
        read(
            """
[[drafting.rules]]
severities = ["sev3"]
services = ["Checkout"]
longer_than = 240
postmortem = true

[[drafting.rules]]
shorter_than = 2
postmortem = false
reason = "It healed by itself"

[[services]]
name = "Checkout"
owner = "ADA@example.com"

[drafting.reminders]
hours = ["09:30", "18:00"]
drafts = { before_hours = [48, 4], late_every_days = 2, late_times = 5 }
""",
            tmp_path,
        ),
        tmp_path,
        secret="",
    )
    first, second = known.rules
    assert (first.postmortem, first.services, first.longer_than) == (True, frozenset({"checkout"}), timedelta(hours=4))
    assert (second.reason, second.shorter_than) == ("It healed by itself", timedelta(minutes=2))
    assert known.service_owners["checkout"].name == "Ada Moreno"
    assert (known.reminders.opens, known.reminders.closes) == (time(9, 30), time(18))
    assert known.reminders.drafts.before == (timedelta(hours=48), timedelta(hours=4))
    assert known.reminders.items == Reminders().items


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[drafting.rules]]\npostmortem = false\n", "drafting.rules.0: .*reason: say why"),
        ("[[drafting.rules]]\nseverity = 1\npostmortem = true\n", "drafting.rules.0.severity: .*not permitted"),
        ("[[drafting.rules]]\nseverities = ['sev9']\npostmortem = true\n", "drafting.rules.0.severities.*'sev1'"),
        ("[[drafting.rules]]\nreason = 'x'\n", "drafting.rules.0.postmortem: .*required"),
        ("[[services]]\nname = 'x'\nowner = 'y@example.com'\n", "services.0.owner: y@example.com is none of .*add"),
        ("[drafting.reminders]\nhours = ['20:00', '08:00']\n", "drafting.reminders: .*hours: give when the day begins"),
        ("[drafting.reminders]\ndrafts = { late_times = 1 }\n", "drafting.reminders.drafts.before_hours: .*required"),
        ("[[people]]\nname='B'\nemail='b@example.com'\ntimezone='Mars'\n", "people.1.timezone: .*IANA"),
    ],
)
def test_a_wrong_policy_is_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=words):
        read(text, tmp_path)
